// A process that a test starts: as whom, with what, and how it ended. Everything it says is captured; what takes too
// long is killed by its id.

#ifndef USHER_TESTS_SUPPORT_CHILD_PROCESS_H_
#define USHER_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "supervisor/kernel/unique_fd.h"

namespace usher {

struct Outcome {
  int code = -1;  // as a shell has it: 128 + n for a signal
  bool timed_out = false;
  std::string out, err;
};

struct ProcessSpec {
  std::vector<std::string> argv;                   // argv[0] is looked up in the PATH of `environment`
  std::map<std::string, std::string> environment;  // all of it
  std::string directory = "/";
  std::string input;  // standard input, then end of file
  uid_t user = 0;
  std::chrono::seconds timeout{60};
  std::function<void()> before_exec;  // in the child: limits, extra descriptors
};

class ChildProcess {
 public:
  explicit ChildProcess(const ProcessSpec& spec);
  ~ChildProcess();  // kills what still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;

  // Reads until standard output holds `text` (true), or the process is silent for good or the time is up (false).
  bool WaitForOutput(const std::string& text, std::chrono::seconds timeout = std::chrono::seconds(20));

  // To the end of the process and of its output.
  Outcome Wait();

 private:
  bool Pump(std::chrono::steady_clock::time_point until);  // false: nothing more will come

  ProcessSpec spec_;
  pid_t pid_ = -1;
  UniqueFd input_, output_, errors_;
  size_t written_ = 0;
  std::string out_, err_;
  std::chrono::steady_clock::time_point deadline_;
};

inline Outcome RunToEnd(const ProcessSpec& spec) { return ChildProcess(spec).Wait(); }

// In a child: becomes `user`, for good. Root alone can become another; everybody is already himself.
void BecomeUser(uid_t user);

// Replaces the calling process; `spec.before_exec` has run already.
[[noreturn]] void ExecuteSpec(const ProcessSpec& spec);

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_CHILD_PROCESS_H_
