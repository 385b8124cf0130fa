// SCTP: a stream socket that is not TCP.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Internet("127.0.0.1", 0), SOCK_STREAM, IPPROTO_SCTP));
}

int Attack(const World&) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  return Dial(Internet("127.0.0.1", std::atoi(Told("FROM_VICTIM").c_str())), SOCK_STREAM, IPPROTO_SCTP) < 0;
}

USHER_ESCAPE({.name = "f_sctp", .row = "F: MPTCP, SMC, SCTP", .attack = &Attack, .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
