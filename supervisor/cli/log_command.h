// usher log [-f] [RUN-ID]: the log of a run, for eyes or for programs.

#ifndef USHER_SUPERVISOR_CLI_LOG_COMMAND_H_
#define USHER_SUPERVISOR_CLI_LOG_COMMAND_H_

#include <cstdio>
#include <string>
#include <string_view>

namespace usher {

struct LogOptions {
  std::string state;    // StateDirectory
  std::string run;      // id or its beginning; empty: the latest
  bool follow = false;  // wait for more lines until the run ends
  bool json = false;    // the lines as they are
};

// Exit code: 0, or 1 with the reason on `err`.
int ShowLog(const LogOptions& options, std::FILE* out, std::FILE* err);

// One line of the log as a person reads it: time, verdict, kind, object, who, rule. Everything in it is escaped; what
// is no line of a log comes back escaped after a "?".
std::string LogLineForPerson(std::string_view line);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CLI_LOG_COMMAND_H_
