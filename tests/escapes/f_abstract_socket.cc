// An abstract unix socket has no file, so no rule about files holds for it: X11 and the session bus are there.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Unix(AbstractName(world)), SOCK_STREAM), SOCK_STREAM);
}

int Attack(const World& world) { return Dial(Unix(AbstractName(world))) < 0; }

int Twin(const World&) {
  const Address name = Unix("@usher-test-own-" + std::to_string(getpid()));
  return Serve(name) >= 0 && Dial(name) >= 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_abstract_socket",
              .row = "F: abstract sockets (X11, IBus)",
              .attack = &Attack,
              .escaped = &Reported,
              .twin = &Twin,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
