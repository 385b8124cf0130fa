// All of 127/8 is this machine: a service on every address is there too.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) { return ReportVisitors(world, Serve(Internet("0.0.0.0", 0))); }

int Attack(const World&) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  return Dial(Internet("127.0.0.2", std::atoi(Told("FROM_VICTIM").c_str()))) < 0;
}

int Twin(const World&) {
  const int server = Serve(Internet("127.0.0.2", 0));
  return server >= 0 && Dial(Internet("127.0.0.2", PortOf(server))) >= 0 && accept(server, nullptr, nullptr) >= 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_spelled_other_loopback", .row = "F: ::1, ::ffff:127.0.0.1, 0.0.0.0, ::, 127.0.0.2", .attack = &Attack,
              .escaped = &Reported, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
