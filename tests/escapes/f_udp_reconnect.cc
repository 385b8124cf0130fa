// A socket that was approved for one place is dissolved with AF_UNSPEC and pointed at another.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Reconnect(int to) {
  const int own = Serve(Internet("127.0.0.1", 0), SOCK_DGRAM);
  const int client = Dial(Internet("127.0.0.1", PortOf(own)), SOCK_DGRAM);
  if (client < 0) return 1;
  Address nowhere;
  nowhere.storage.ss_family = AF_UNSPEC;
  nowhere.size = sizeof(sockaddr_in);
  if (connect(client, nowhere.get(), nowhere.size) < 0) return 2;
  const Address there = Internet("127.0.0.1", to == 0 ? PortOf(own) : to);
  if (connect(client, there.get(), there.size) < 0) return 3;
  return send(client, "x", 1, 0) == 1 ? 0 : 4;
}

int Attack(const World&) { return Reconnect(TrapPort()); }
int Twin(const World&) { return Reconnect(0); }

USHER_ESCAPE({.name = "f_udp_reconnect", .row = "F: AF_UNSPEC reconnect", .prepare = &TellUdpPort, .attack = &Attack,
              .escaped = &Reached, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
