// What was answered for longer than one call: session grants in memory, project grants in a file outside the
// repository. A session grant is listed in the file too, so that `usher grants` shows it and `usher revoke` reaches it,
// but it holds only in the process that was given it: striking it from the list takes it back.

#ifndef USHER_SUPERVISOR_APPROVAL_GRANT_STORE_H_
#define USHER_SUPERVISOR_APPROVAL_GRANT_STORE_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "policies/grant.h"
#include "supervisor/approval/grant_file.h"
#include "supervisor/approval/state_file.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// One project's grants, in `directory`/PROJECT-ID.toml (0600, directory 0700), where PROJECT-ID is the last component
// of the workspace path and the first 12 hex digits of its SHA-256. Several supervisors and `usher revoke` may use the
// file at once: every change is read-modify-write under flock(2) on a lock file, written to a temporary file and
// renamed.
class GrantStore {
 public:
  // Reads the file if there is one. A file that cannot be understood is an error naming FILE:LINE:COLUMN: nothing is
  // lost by guessing.
  static absl::StatusOr<GrantStore> Open(const std::string& directory, std::string workspace);
  GrantStore(GrantStore&&) noexcept;
  GrantStore& operator=(GrantStore&&) noexcept;
  ~GrantStore();

  // All grants that hold now: project grants (not expired: 90 days unused) and this session's.
  absl::Span<const Grant> current() const { return current_; }

  // Gives the grant its id ("g1", …) and keeps it for its life. Project grants are on disk when this returns, and were
  // read back. kOnce is never kept.
  absl::StatusOr<Grant> Add(Grant grant);

  // NotFound when there is no such grant. A session grant of another running supervisor can be revoked too.
  absl::Status Revoke(std::string_view id);

  // Remembers that a grant decided something (last_used, written out at most once a minute and by Flush).
  void Touch(std::string_view id);
  absl::Status Flush();

  // Looks whether the file has changed since it was read (one fstatat(2)), and reads it if so. True when the set of
  // grants changed. Asked at every question and at every use of a grant, so that a revoke bites at the next call; there
  // is no watch on the file, because closing an inotify descriptor takes the kernel up to 10 ms (measured on
  // Linux 6.18). On an error no project grant counts until the file is mended.
  absl::StatusOr<bool> Reload();

  const std::string& path() const { return path_; }

 private:
  GrantStore() = default;

  absl::StatusOr<GrantFile> Read();
  absl::Status Write(const GrantFile& file, StateFile::Durability durability);
  absl::Status Change(StateFile::Durability durability, const std::function<absl::Status(GrantFile&)>& change);
  void Adopt(GrantFile file);  // what the file says now, with this session's own

  std::string workspace_, path_, owner_;
  StateFile file_;
  StateFile::Version seen_;
  std::vector<Grant> session_, project_, current_;
  int64_t last_flush_ = 0;
  bool dirty_ = false;
};

// Every project's grants below `directory`, for `usher grants --all`: those on file and those of sessions that run now.
// Changes nothing and makes nothing.
struct ProjectGrants {
  std::string workspace;
  std::string path;
  std::vector<Grant> grants;
};
absl::StatusOr<std::vector<ProjectGrants>> ReadAllGrants(const std::string& directory);

// One project's; without grants when there is no file.
absl::StatusOr<ProjectGrants> ReadGrants(const std::string& directory, std::string_view workspace);

// NAME-0123456789ab: the name of a project's file without its ending.
std::string ProjectId(std::string_view workspace);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_GRANT_STORE_H_
