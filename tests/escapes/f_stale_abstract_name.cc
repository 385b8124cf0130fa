// An abstract name that the sandbox bound is its own to dial. It is given up, somebody outside takes it, and it is
// dialled.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  Ready(world, "waiting");
  while (Slurp(world.work() + "/free").empty()) usleep(2'000);
  const int server = Serve(Unix(AbstractName(world)));
  if (accept(server, nullptr, nullptr) >= 0) Report(world, "visited");
  for (;;) pause();
}

int Attack(const World& world) {
  close(Serve(Unix(AbstractName(world))));
  Spill(world.work() + "/free", "now");
  for (int i = 0; i < 100; ++i, usleep(10'000)) {
    if (Dial(Unix(AbstractName(world))) >= 0) return 0;
  }
  return 1;
}

USHER_ESCAPE({.name = "f_stale_abstract_name",
              .row = "F: abstract sockets (X11, IBus)",
              .attack = &Attack,
              .escaped = &Reported,
              .twin = &DialOwnAbstractName,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
