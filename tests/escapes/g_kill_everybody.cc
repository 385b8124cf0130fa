// kill(-1): everybody whom the kernel lets us signal, and that is everybody of the person's.

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

World victims_world;

int Victim(const World& world) {
  victims_world = world;
  signal(SIGURG, [](int) { Report(victims_world, "signalled"); });
  Ready(world, "listening");
  for (;;) pause();
}

int Attack(const World&) { return kill(-1, SIGURG); }  // ignored by whoever does not ask for it

USHER_ESCAPE({.name = "g_kill_everybody", .row = "G: kill, tgkill, sigqueue, pidfd, group", .attack = &Attack,
              .escaped = &Reported, .victim = &Victim,
              .needs_usher = "it would signal whatever else runs on this machine"});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
