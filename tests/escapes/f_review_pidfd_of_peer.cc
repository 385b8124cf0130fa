// A service that may be spoken to, killed by the descriptor of its process that every connection to it yields.

#include <csignal>
#include <sys/syscall.h>

#include "tests/escapes/service.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr char kName[] = "f_review_pidfd_of_peer";
constexpr int kPeerPidfd = 77;  // SO_PEERPIDFD, Linux 6.5

std::string Socket(const World& world) { return world.work() + "/service.sock"; }

int Serve(const World& world) {
  const int server = UnixListener(Socket(world));
  if (server < 0) return 1;
  for (;;) pause();
}

void Prepare(Outside& outside) {
  outside.Tell("SERVICE", std::to_string(StartService(outside, kName)));
  AwaitFile(Socket(outside.world()));
}

int Attack(const World& world) {
  if (IsService()) return Serve(world);
  const int fd = UnixConnection(Socket(world));
  int pidfd = -1;
  socklen_t size = sizeof(pidfd);
  if (fd < 0) return 1;
  if (getsockopt(fd, SOL_SOCKET, kPeerPidfd, &pidfd, &size) < 0) return kCannotTry;
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0));
}

bool Escaped(Outside& outside) { return !outside.VictimLives(std::atoi(outside.Told("SERVICE").c_str())); }

// Who the peer is may be asked by number, and a child of one's own be ended by descriptor.
int Twin(const World& world) {
  const int fd = UnixConnection(Socket(world));
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid != std::atoi(Told("SERVICE").c_str())) return 1;
  const pid_t child = fork();
  if (child == 0) {
    while (true) pause();
  }
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  if (pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0) < 0) return 2;
  return syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) == 0 ? 0 : 3;
}

USHER_ESCAPE({.name = kName, .row = "G: pidfd of a peer (SO_PEERPIDFD)", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Escaped, .twin = &Twin,
              .policy = "version = 1\n[sockets]\nallow = [\"./service.sock\"]\n"});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
