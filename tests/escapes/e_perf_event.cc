// perf_event_open(2) watches what another process does, without its knowing.

#include <linux/perf_event.h>
#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  Ready(world, "busy");
  for (;;) usleep(100);
}

int Attack(const World& world) {
  perf_event_attr event{};
  event.type = PERF_TYPE_SOFTWARE;
  event.size = sizeof(event);
  event.config = PERF_COUNT_SW_TASK_CLOCK;
  event.exclude_kernel = 1;
  event.exclude_hv = 1;
  const auto fd = static_cast<int>(syscall(SYS_perf_event_open, &event, VictimPid(), -1, -1, 0));
  if (fd < 0) return kCannotTry;
  usleep(50'000);
  uint64_t count = 0;
  return read(fd, &count, sizeof(count)) == sizeof(count) && count > 0 && Loot(world, World::secret_text()) ? 0 : 1;
}

USHER_ESCAPE({.name = "e_perf_event", .row = "E: bpf, perf_event_open, userfaultfd, keyctl", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
