// A timer interrupts every call a thousand times a second. One that is done and says EINTR, or is done twice, is a hole in
// the log and in programs.

#include <sys/time.h>

#include <cstdio>
#include <cstring>

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string base = world.work() + "/i";
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  sigaction(SIGALRM, &nothing, nullptr);
  const itimerval often{{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &often, nullptr);
  bool right = true;
  for (int i = 0; i < 400 && right; ++i) {
    const std::string name = base + std::to_string(i);
    // EINTR says that nothing was done: then the next try must find it so.
    const auto once = [](const auto& call) {
      long rc;
      do {
        rc = call();
      } while (rc < 0 && errno == EINTR);
      return rc;
    };
    const auto goes = [&](const char* what, const auto& call) {
      if (once(call) >= 0) return true;
      std::printf("%s, round %d: %s\n", what, i, std::strerror(errno));
      return false;
    };
    int fd = -1;
    right = goes("open", [&] { return fd = open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600); }) &&
            goes("mkdir", [&] { return mkdir((name + "d").c_str(), 0700); }) &&
            goes("link", [&] { return link(name.c_str(), (name + "l").c_str()); }) &&
            goes("rename", [&] { return rename(name.c_str(), (name + "r").c_str()); }) &&
            goes("unlink", [&] { return unlink((name + "r").c_str()); });
    close(fd);
  }
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  return right ? LetBystanderWork(world) : 1;
}

USHER_ESCAPE({.name = "h_interrupted_calls", .row = "H: EINTR storm", .attack = &Attack, .escaped = &BystanderStuck,
              .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
