// A service that may be spoken to passes the descriptor of its process, and dies of it.

#include <csignal>
#include <sys/syscall.h>

#include "tests/escapes/service.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr char kName[] = "h_review_pidfd_passed";

std::string Socket(const World& world) { return world.work() + "/service.sock"; }

struct Passing {
  char byte = '!';
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  Passing() {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
  }
};

int Serve(const World& world) {
  const int server = UnixListener(Socket(world));
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
  if (server < 0) return 1;
  for (;;) {
    const int client = accept4(server, nullptr, nullptr, SOCK_CLOEXEC);
    Passing pass;
    cmsghdr* header = CMSG_FIRSTHDR(&pass.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &pidfd, sizeof(pidfd));
    sendmsg(client, &pass.message, 0);
  }
}

void Prepare(Outside& outside) {
  outside.Tell("SERVICE", std::to_string(StartService(outside, kName)));
  AwaitFile(Socket(outside.world()));
}

int Attack(const World& world) {
  if (IsService()) return Serve(world);
  Passing pass;
  int pidfd = -1;
  if (recvmsg(UnixConnection(Socket(world)), &pass.message, 0) != 1) return 1;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&pass.message)) std::memcpy(&pidfd, CMSG_DATA(header), sizeof(pidfd));
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0));
}

bool Escaped(Outside& outside) { return !outside.VictimLives(std::atoi(outside.Told("SERVICE").c_str())); }

USHER_ESCAPE({.name = kName, .row = "G: pidfd that was passed", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Escaped, .policy = "version = 1\n[sockets]\nallow = [\"./service.sock\"]\n"});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
