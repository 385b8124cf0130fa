// SO_REUSEPORT: two servers of one user share a port, and the kernel deals the visitors out. So a service of the person's that
// allows it can be stood beside, and its visitors taken.

#include <fcntl.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// A server that many talk to; it reports when a visitor got to somebody else.
int Victim(const World& world) {
  const int on = 1, server = socket(AF_INET, SOCK_STREAM, 0);
  const Address any = Internet("127.0.0.1", 0);
  setsockopt(server, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (bind(server, any.get(), any.size) < 0 || listen(server, 64) < 0) return 1;
  fcntl(server, F_SETFL, O_NONBLOCK);
  Ready(world, std::to_string(PortOf(server)));
  for (int i = 0; i < 2000; ++i, usleep(5'000)) {
    const int visitor = Dial(Internet("127.0.0.1", PortOf(server)));
    const int guest = accept(server, nullptr, nullptr);
    if (visitor >= 0 && guest < 0) Report(world, "a visitor was taken");
    close(visitor);
    close(guest);
  }
  return 0;
}

int Attack(const World&) {
  const int on = 1, thief = socket(AF_INET, SOCK_STREAM, 0);
  const Address there = Internet("127.0.0.1", std::atoi(Told("FROM_VICTIM").c_str()));
  setsockopt(thief, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (bind(thief, there.get(), there.size) < 0 || listen(thief, 64) < 0) return 1;
  usleep(200'000);
  return 0;
}

int Twin(const World&) {  // two servers of the sandbox's own may share
  const int on = 1, one = socket(AF_INET, SOCK_STREAM, 0), two = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(one, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  setsockopt(two, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  const Address any = Internet("127.0.0.1", 0);
  if (bind(one, any.get(), any.size) < 0 || listen(one, 8) < 0) return 1;
  const Address same = Internet("127.0.0.1", PortOf(one));
  if (bind(two, same.get(), same.size) < 0 || listen(two, 8) < 0) return 2;
  return Dial(same) >= 0 ? 0 : 3;
}

USHER_ESCAPE({.name = "f_reuse_tcp_port", .row = "F: listen, listen without bind, SO_REUSEPORT", .attack = &Attack,
              .escaped = &Reported, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
