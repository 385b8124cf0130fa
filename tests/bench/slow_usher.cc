// Stands where usher would, and slows down what it supervises: it traces nothing and judges nothing, but runs the real usher
// under SIGSTOP and SIGCONT, so that a tenth of a millisecond is added to many of its answers. A build that got slower looks
// like this to the suite. The real one is named by SLOW_USHER_REAL.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace {

volatile pid_t real = -1;

void PassOn(int signal) { kill(real, signal); }

}  // namespace

int main(int, char** argv) {
  const char* path = std::getenv("SLOW_USHER_REAL");
  if (path == nullptr) return 2;
  real = fork();
  if (real == 0) {
    execv(path, argv);
    _exit(127);
  }
  std::signal(SIGTERM, PassOn);
  std::signal(SIGINT, PassOn);
  for (int status = 0;;) {
    const pid_t ended = waitpid(real, &status, WNOHANG);
    if (ended == real) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    const timespec moment = {0, 150'000};
    kill(real, SIGSTOP);
    nanosleep(&moment, nullptr);
    kill(real, SIGCONT);
    nanosleep(&moment, nullptr);
  }
}
