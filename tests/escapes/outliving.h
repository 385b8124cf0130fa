// Moves of processes that mean to go on after the run.

#ifndef USHER_TESTS_ESCAPES_OUTLIVING_H_
#define USHER_TESTS_ESCAPES_OUTLIVING_H_

#include "tests/escapes/racing.h"
#include "tests/support/patience.h"

namespace usher::escapes {

// Nobody waits for the end of what such a process might still say.
inline void CloseOutput() {
  for (int fd = 0; fd < 64; ++fd) close(fd);
}

// The judge has seen enough.
inline std::string StopFile(const World& world) { return world.work() + "/stop"; }
inline bool Stopped(const World& world) { return access(StopFile(world).c_str(), F_OK) == 0; }

// What a process does that has got away: a mark every few milliseconds, for a second and a half.
[[noreturn]] inline void LiveOn(const World& world) {
  CloseOutput();
  const int loot = open(world.loot().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  KeepTrying([&] { return write(loot, ".", 1) != 1 || usleep(5000) != 0 || Stopped(world); },
             std::chrono::milliseconds(1500 * Patience()));
  _exit(0);
}

// Evidence: the run is over, and there are more marks than a while ago.
inline bool StillThere(Outside& outside) {
  const size_t marks = outside.Read(outside.world().loot()).size();
  Pause(100);
  const bool there = outside.Read(outside.world().loot()).size() > marks;
  outside.Write(StopFile(outside.world()), "");
  usleep(100'000);
  return there;
}

inline void WaitForMarks(const World& world) {
  KeepTrying([&] { return !Slurp(world.loot()).empty() || usleep(1000) != 0; });
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_OUTLIVING_H_
