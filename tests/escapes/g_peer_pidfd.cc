// Somebody outside talks to a socket of ours, and the kernel hands out a descriptor of him: SO_PEERPIDFD. No number is named
// to get it, and pidfd_send_signal(2) takes it.

#include <sys/syscall.h>

#include "tests/escapes/sockets.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr int kPeerPidfd = 77;

int Victim(const World& world) {
  Ready(world, "calling");
  for (;; usleep(5'000)) {
    if (Dial(Unix(world.work() + "/s")) >= 0) pause();
  }
}

int Attack(const World& world) {
  const int guest = accept(Serve(Unix(world.work() + "/s")), nullptr, nullptr);
  int pidfd = -1;
  socklen_t size = sizeof(pidfd);
  if (getsockopt(guest, SOL_SOCKET, kPeerPidfd, &pidfd, &size) < 0) return kCannotTry;
  return syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) < 0;
}

int Twin(const World&) {
  int pair[2];
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) return 1;
  return getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid() ? 0 : 2;
}

USHER_ESCAPE({.name = "g_peer_pidfd", .row = "G: kill, tgkill, sigqueue, pidfd, group", .attack = &Attack,
              .escaped = &VictimDied, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
