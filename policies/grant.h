// A person's answer that holds for more than one call.

#ifndef USHER_POLICIES_GRANT_H_
#define USHER_POLICIES_GRANT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policies/decision.h"
#include "policies/operation.h"

namespace usher {

enum class GrantLife : uint8_t { kOnce, kSession, kProject };
std::string_view ToString(GrantLife life);  // "once", "session", "project"

enum class FileUse : uint8_t { kRead, kWrite, kExec };  // kWrite covers every FileAction but kRead
std::string_view ToString(FileUse use);                 // "read", "write", "exec"

// A file, or a directory with all that is beneath it. A tree never covers what the policy denies or hides, nor a
// run-later or secret place further down: only the exact path of such a place covers it.
struct FileScope {
  FileUse use = FileUse::kRead;
  std::string path;  // canonical
  bool tree = false;
  friend bool operator==(const FileScope&, const FileScope&) = default;
};

// A host by name or by address. Names are lower case; `subdomains` covers the name and everything under it.
struct HostScope {
  std::string host;
  bool subdomains = false;
  uint16_t port = 0;    // 0: every port
  bool listen = false;  // opening a port here, rather than going there
  friend bool operator==(const HostScope&, const HostScope&) = default;
};

struct UnixScope {
  std::string name;  // as UnixSocketOperation::name
  friend bool operator==(const UnixScope&, const UnixScope&) = default;
};

using Scope = std::variant<FileScope, HostScope, UnixScope>;

bool Covers(const Scope& scope, const Operation& operation);

// One line for a person: "/home/me/x and everything in it", "registry.example:443". Raw bytes, to be escaped.
std::string ToString(const Scope& scope);

// What a person may be offered for this operation, narrowest first; never empty for an operation that can be asked
// about. Files: the exact path, its folder, the project root or application directory (~/.cache/x, ~/.config/x); never
// the home directory itself nor anything above it. Hosts: host:port, the host, and (for names) the registrable domain
// with its subdomains by the Public Suffix List, private part included. Run-later, secret and escape objects: the exact
// one only.
struct LadderContext {
  std::string home;
  std::string workspace;
};
std::vector<Scope> LadderFor(const Operation& operation, Risk risk, const LadderContext& context);

struct Grant {
  std::string id;     // "g1", "g2", … unique within a project
  bool allow = true;  // false: "deny for this session, stop asking"
  Scope scope;
  GrantLife life = GrantLife::kOnce;
  std::string by;         // channel that answered: "terminal", "approver:NAME"
  std::string why;        // note of the person, optional
  int64_t created = 0;    // unix seconds
  int64_t last_used = 0;  // unix seconds
};

}  // namespace usher

#endif  // USHER_POLICIES_GRANT_H_
