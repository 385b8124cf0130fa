// What the commands of this room write, and how they say that something failed.

#ifndef USHER_SUPERVISOR_CLI_OUTPUT_H_
#define USHER_SUPERVISOR_CLI_OUTPUT_H_

#include <cstdio>
#include <string_view>

#include "absl/status/status.h"
#include "policies/text.h"

namespace usher {

inline void Print(std::FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

// Says why, and returns the exit code.
inline int Fail(std::FILE* err, int code, const absl::Status& status) {
  Print(err, Cat("usher: ", FromAbsl(status.message()), "\n"));
  return code;
}

}  // namespace usher

#endif  // USHER_SUPERVISOR_CLI_OUTPUT_H_
