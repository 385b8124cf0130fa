// The name means a socket of our own when it is judged, and another a moment later: a thread swaps it.

#include <fcntl.h>
#include <signal.h>
#include <sys/un.h>

#include <cstdio>

#include "tests/escapes/racing.h"
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.ListenUnix(outside.world().home() + "/agent.sock"); }

int Attack(const World& world) {
  const std::string there = world.home() + "/agent.sock", here = world.work() + "/s";
  const std::string own = world.work() + "/own", one = world.work() + "/one";
  if (Serve(Unix(own)) < 0 || symlink(own.c_str(), one.c_str()) < 0) return 1;
  if (symlink(there.c_str(), here.c_str()) < 0) return 1;
  const pid_t swapper = fork();
  if (swapper == 0) {
    for (;;) renameat2(AT_FDCWD, here.c_str(), AT_FDCWD, one.c_str(), RENAME_EXCHANGE);
  }
  const bool won = KeepTrying([&] {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const Address to = Unix(here);
    sockaddr_un peer{};
    socklen_t size = sizeof(peer);
    const bool outside = connect(fd, to.get(), to.size) == 0 &&
                         getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && there == peer.sun_path;
    close(fd);
    return outside;
  });
  kill(swapper, SIGKILL);
  return won ? 0 : 1;
}

USHER_ESCAPE({.name = "f_unix_swapped", .row = "F: named unix sockets", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
