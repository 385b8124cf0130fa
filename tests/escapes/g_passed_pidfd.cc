// SO_PASSPIDFD: with each message the kernel hands out a descriptor of whoever sent it.

#include <sys/syscall.h>

#include "tests/escapes/sockets.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr int kPassPidfd = 76, kScmPidfd = 4;

int Victim(const World& world) {
  Ready(world, "sending");
  for (;; usleep(5'000)) {
    const Address to = Unix(world.work() + "/s");
    (void)sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size);
  }
}

int Attack(const World& world) {
  const int server = socket(AF_UNIX, SOCK_DGRAM, 0), on = 1;
  if (setsockopt(server, SOL_SOCKET, kPassPidfd, &on, sizeof(on)) < 0) return kCannotTry;
  const Address here = Unix(world.work() + "/s");
  if (bind(server, here.get(), here.size) < 0) return 1;
  char byte, control[256];
  iovec vector{&byte, 1};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  if (recvmsg(server, &message, 0) < 0) return 1;
  for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
    if (at->cmsg_type != kScmPidfd) continue;
    int pidfd = -1;
    std::memcpy(&pidfd, CMSG_DATA(at), sizeof(pidfd));
    return syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) < 0;
  }
  return 1;
}

USHER_ESCAPE({.name = "g_passed_pidfd", .row = "G: kill, tgkill, sigqueue, pidfd, group", .attack = &Attack,
              .escaped = &VictimDied, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
