// What holds for every line that stands in a log file, whoever wrote it.

#ifndef USHER_TESTS_FUZZ_CLI_LOG_LINE_DEMANDS_H_
#define USHER_TESTS_FUZZ_CLI_LOG_LINE_DEMANDS_H_

#include <string>
#include <string_view>

#include "policies/escape.h"
#include "supervisor/cli/log_command.h"
#include "tests/fuzz/approval/demand.h"

namespace usher {

// It becomes one line of printable text.
inline void CheckLogLine(std::string_view line) {
  const std::string text = LogLineForPerson(line);
  for (const char c : text) USHER_DEMAND(!(c >= 0 && c < 0x20) && c != 0x7f);
  for (const char* hidden : {"\u202e", "\u200b", "\u009b", "\u2028", "\ufeff"}) {
    USHER_DEMAND(text.find(hidden) == std::string::npos);
  }
  USHER_DEMAND(DisplayWidth(text) >= 0);
}

}  // namespace usher

#endif  // USHER_TESTS_FUZZ_CLI_LOG_LINE_DEMANDS_H_
