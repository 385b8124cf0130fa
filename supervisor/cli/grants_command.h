// usher grants, usher revoke ID...: what was answered for longer than one call, and taking it back.

#ifndef USHER_SUPERVISOR_CLI_GRANTS_COMMAND_H_
#define USHER_SUPERVISOR_CLI_GRANTS_COMMAND_H_

#include <cstdio>
#include <string>
#include <vector>

namespace usher {

struct GrantsOptions {
  std::string state;      // StateDirectory
  std::string workspace;  // whose grants
  bool all = false;       // every project's instead
  bool json = false;      // an array of projects, one line
};

// Exit code: 0, or 125 with the reason on `err`.
int RunGrants(const GrantsOptions& options, std::FILE* out = stdout, std::FILE* err = stderr);

struct RevokeOptions {
  std::string state;
  std::string workspace;
  std::vector<std::string> ids;
};

// Acts on the next call, also in sessions that run now. Exit code: 0 when all are gone, 1 when there was no such grant
// (the others are revoked all the same), 125 when the file cannot be read or changed.
int RevokeGrants(const RevokeOptions& options, std::FILE* out = stdout, std::FILE* err = stderr);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CLI_GRANTS_COMMAND_H_
