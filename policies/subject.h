// Who asks: the process that made the call, as a plain value.

#ifndef USHER_POLICIES_SUBJECT_H_
#define USHER_POLICIES_SUBJECT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace usher {

struct Subject {
  int32_t pid = 0;           // thread group id
  int32_t tid = 0;           // the thread that made the call
  uint64_t start_ticks = 0;  // with pid, names the process for ever (/proc/PID/stat field 22)
  std::string exe;           // canonical path of the program, raw bytes
  std::string cwd;
  std::vector<std::string> argv;   // as the kernel copied it at exec; bounded
  std::vector<std::string> chain;  // names of the ancestors from the sandbox's first process down to this one
};

}  // namespace usher

#endif  // USHER_POLICIES_SUBJECT_H_
