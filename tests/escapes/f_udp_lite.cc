// UDP-Lite: another protocol of the same family and type. A filter that thinks in types calls it UDP.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Internet("127.0.0.1", 0), SOCK_DGRAM, IPPROTO_UDPLITE), SOCK_DGRAM);
}

int Attack(const World&) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const Address to = Internet("127.0.0.1", std::atoi(Told("FROM_VICTIM").c_str()));
  return sendto(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE), "x", 1, 0, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_udp_lite", .row = "F: MPTCP, SMC, SCTP", .attack = &Attack, .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
