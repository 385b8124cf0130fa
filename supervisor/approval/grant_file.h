// The grants file as text: TOML in, values out, and back. Pure; grant_store.h does the reading and writing.

#ifndef USHER_SUPERVISOR_APPROVAL_GRANT_FILE_H_
#define USHER_SUPERVISOR_APPROVAL_GRANT_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policies/grant.h"

namespace usher {

// A session grant stands in the file only so that another process can list and revoke it. Nobody ever takes it over: it
// holds in the memory of its owner, and goes when the owner goes.
struct ListedSessionGrant {
  Grant grant;
  std::string owner;
};

struct GrantFile {
  std::string workspace;
  int64_t next = 1;  // number of the next id; an id is never given twice
  std::vector<Grant> project;
  std::vector<ListedSessionGrant> sessions;
};

// InvalidArgument with "FILE:LINE:COLUMN: what is wrong" for anything that is not exactly understood. `file` may be
// raw.
absl::StatusOr<GrantFile> ParseGrantFile(std::string_view text, std::string_view file);

std::string PrintGrantFile(const GrantFile& file);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_GRANT_FILE_H_
