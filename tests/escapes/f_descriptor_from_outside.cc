// SCM_RIGHTS: a server outside hands an open descriptor over, and nothing is opened inside.

#include <fcntl.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const int server = Serve(Unix(world.home() + "/fds.sock")), secret = open(world.secret().c_str(), O_RDONLY);
  Ready(world, "serving");
  for (;;) {
    const int guest = accept(server, nullptr, nullptr);
    char byte = 'x', control[CMSG_SPACE(sizeof(int))]{};
    iovec vector{&byte, 1};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &secret, sizeof(int));
    if (sendmsg(guest, &message, 0) < 0) return 1;
  }
}

int Attack(const World& world) {
  const int fd = Dial(Unix(world.home() + "/fds.sock"));
  char byte, control[CMSG_SPACE(sizeof(int))]{}, text[256];
  iovec vector{&byte, 1};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  if (fd < 0 || recvmsg(fd, &message, 0) != 1 || CMSG_FIRSTHDR(&message) == nullptr) return 1;
  int got = -1;
  std::memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
  const ssize_t size = read(got, text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

int Twin(const World&) {
  int pair[2];
  char byte;
  return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && write(pair[0], "x", 1) == 1 && read(pair[1], &byte, 1) == 1 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_descriptor_from_outside", .row = "F: SCM_RIGHTS from outside", .attack = &Attack,
              .escaped = &TookSecret, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
