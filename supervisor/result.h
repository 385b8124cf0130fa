// How Usher itself ends: the exit codes that `usher --help` lists, and what it says then.

#ifndef USHER_SUPERVISOR_RESULT_H_
#define USHER_SUPERVISOR_RESULT_H_

#include <string_view>

namespace usher {

inline constexpr int kExitHostLacks = 69;   // the host cannot do what was demanded
inline constexpr int kExitDenied = 77;      // finished, but something was denied (--fail-on)
inline constexpr int kExitPolicy = 78;      // the policy cannot be read or understood
inline constexpr int kExitUsher = 125;      // Usher failed before or beside the command
inline constexpr int kExitCannotRun = 126;  // the command may not run
inline constexpr int kExitNotFound = 127;   // the command does not exist
// Everything else is the command's own code, 128 + n for a signal.

// Says "usher: WHAT" on standard error, and returns `code`.
int Complain(int code, std::string_view what);

}  // namespace usher

#endif  // USHER_SUPERVISOR_RESULT_H_
