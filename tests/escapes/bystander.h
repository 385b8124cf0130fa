// A harmless program in the same sandbox, which must go on working whatever another one does there.

#ifndef USHER_TESTS_ESCAPES_BYSTANDER_H_
#define USHER_TESTS_ESCAPES_BYSTANDER_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "tests/escapes/escape.h"

namespace usher::escapes {

inline constexpr unsigned kBystandersPatience = 20;  // seconds for all of its work, which takes a few milliseconds

inline std::string AliveFile(const World& world) { return world.work() + "/bystander"; }

// Files, a directory, a FIFO with somebody at each end: what a make or a shell does.
inline bool OrdinaryWork(const World& world) {
  const std::string base = world.work() + "/b" + std::to_string(getpid());
  for (int i = 0; i < 20; ++i) {
    if (!Spill(base, "text") || Slurp(base) != "text" || unlink(base.c_str()) < 0) return false;
    if (mkdir(base.c_str(), 0700) < 0 || rmdir(base.c_str()) < 0) return false;
  }
  if (mkfifo(base.c_str(), 0600) < 0) return false;
  const pid_t writer = fork();
  if (writer < 0) return false;
  if (writer == 0) {
    const int fd = open(base.c_str(), O_WRONLY);
    _exit(write(fd, "x", 1) == 1 ? 0 : 1);
  }
  char byte;
  const int fd = open(base.c_str(), O_RDONLY);
  return read(fd, &byte, 1) == 1 && unlink(base.c_str()) == 0;
}

// For attacks, once they are at work. The evidence is the file that the bystander leaves, or does not.
inline int LetBystanderWork(const World& world) {
  const pid_t bystander = fork();
  if (bystander < 0) return 1;
  if (bystander == 0) {
    signal(SIGALRM, SIG_DFL);
    alarm(kBystandersPatience);
    if (!OrdinaryWork(world)) _exit(1);
    Spill(AliveFile(world), "well\n");
    _exit(0);
  }
  int status = 0;
  while (waitpid(bystander, &status, 0) < 0 && errno == EINTR) continue;
  return status == 0 ? 0 : 1;
}
inline bool BystanderStuck(Outside& outside) { return outside.Read(outside.world().work() + "/bystander") != "well\n"; }

// Processes that do the same thing for ever, until this goes out of scope.
class Crowd {
 public:
  Crowd(int size, const std::function<void(int)>& deed) {
    for (int i = 0; i < size; ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        deed(i);
        for (;;) pause();
      }
      members_.push_back(pid);
    }
  }
  ~Crowd() {
    for (const pid_t pid : members_) kill(pid, SIGKILL);
    for (const pid_t pid : members_) waitpid(pid, nullptr, 0);
  }

 private:
  std::vector<pid_t> members_;
};

inline constexpr char kNothingToWedge[] = "without Usher nobody does a call on somebody's behalf";

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_BYSTANDER_H_
