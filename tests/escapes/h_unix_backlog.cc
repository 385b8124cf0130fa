// A unix listener of our own whose queue is full: every further connect waits for ever.

#include "tests/escapes/bystander.h"
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const Address name = Unix(world.work() + "/s");
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, name.get(), name.size) < 0 || listen(server, 0) < 0) return 1;
  const Crowd crowd(200, [&](int) { Dial(name); });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_unix_backlog", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
