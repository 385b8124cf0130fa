// A child that stands where a test puts it, and then does nothing: somebody to be asked about.

#ifndef USHER_TESTS_SUPPORT_FORKED_TRACEE_H_
#define USHER_TESTS_SUPPORT_FORKED_TRACEE_H_

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>

namespace usher {

class ForkedTracee {
 public:
  // `prepare` runs in the child and has ended when the constructor returns.
  explicit ForkedTracee(const std::function<void()>& prepare = [] {}) {
    int ready[2];
    if (pipe(ready) < 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(ready[0]);
      prepare();
      if (write(ready[1], "x", 1) != 1) _exit(1);
      close(ready[1]);
      for (;;) pause();
    }
    close(ready[1]);
    char byte;
    if (read(ready[0], &byte, 1) != 1) std::abort();
    close(ready[0]);
  }
  ~ForkedTracee() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  ForkedTracee(const ForkedTracee&) = delete;
  ForkedTracee& operator=(const ForkedTracee&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_FORKED_TRACEE_H_
