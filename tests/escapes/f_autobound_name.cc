// A bind with the family alone makes the kernel choose an abstract name of five digits. Whoever takes all of them before a
// program outside does is dialled in its place; here: a name that was chosen for somebody outside is dialled.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Autobound() {
  Address family;
  family.storage.ss_family = AF_UNIX;
  family.size = sizeof(sa_family_t);
  return Serve(family);
}
std::string NameOfSocket(int fd) {
  sockaddr_un name{};
  socklen_t size = sizeof(name);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) < 0) return "";
  return "@" + std::string(name.sun_path + 1, size - sizeof(sa_family_t) - 1);
}

int Victim(const World& world) {
  const int server = Autobound();
  Ready(world, NameOfSocket(server));
  if (accept(server, nullptr, nullptr) >= 0) Report(world, "visited");
  for (;;) pause();
}

int Attack(const World&) {
  Autobound();
  return Dial(Unix(Told("FROM_VICTIM"))) < 0;
}

int Twin(const World&) {
  const int own = Autobound();
  return own >= 0 && Dial(Unix(NameOfSocket(own))) >= 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_autobound_name", .row = "F: abstract sockets (X11, IBus)", .attack = &Attack,
              .escaped = &Reported, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
