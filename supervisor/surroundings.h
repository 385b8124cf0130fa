// Where a run happens: person, home, workspace, name servers, host. Found once, before anything else.

#ifndef USHER_SUPERVISOR_SURROUNDINGS_H_
#define USHER_SUPERVISOR_SURROUNDINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "policies/policy.h"

namespace usher {

struct Surroundings {
  std::string user, home, directory;  // `directory`: where the command starts
  std::string workspace;              // the repository's root, or the directory; empty when that would be the whole home
  std::string shared_git;             // of a linked worktree: the repository's own .git, else empty
  std::string state;                  // where runs and grants are kept; like the next two by its canonical name
  std::string config;                 // ~/.config/usher
  std::string runtime;                // $XDG_RUNTIME_DIR or /run/user/UID
  std::vector<std::string> own_links;     // that lead to one of these
  std::vector<std::string> own_programs;  // usher itself; a run adds its approver
  std::vector<IpAddress> name_servers;
  std::string host;                   // "Debian GNU/Linux 12 (bookworm), Linux 6.18.44 x86_64"
};

// `workspace` overrides what is found. The status is a whole sentence for the person.
absl::StatusOr<Surroundings> LookAround(const std::string& workspace);

// The shared .git directory that a worktree's ".git" file leads to, or empty: "gitdir: /repo/.git/worktrees/x".
std::string SharedGitOf(const std::string& workspace);

// Addresses after "nameserver" in the text of resolv.conf(5).
std::vector<IpAddress> NameServersIn(std::string_view resolv_conf);

}  // namespace usher

#endif  // USHER_SUPERVISOR_SURROUNDINGS_H_
