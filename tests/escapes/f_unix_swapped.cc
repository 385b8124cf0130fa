// The name means a socket of our own when it is judged, and another a moment later: a thread swaps it.

#include <fcntl.h>
#include <signal.h>
#include <cstdio>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace {

void Prepare(Outside& outside) { outside.ListenUnix(outside.world().home() + "/agent.sock"); }

int Attack(const World& world) {
  const std::string there = world.home() + "/agent.sock", here = world.work() + "/s";
  const std::string own = world.work() + "/own", one = world.work() + "/one";
  if (Serve(Unix(own)) < 0 || symlink(own.c_str(), one.c_str()) < 0) return 1;
  if (symlink(there.c_str(), here.c_str()) < 0) return 1;
  const pid_t swapper = fork();
  while (swapper == 0) renameat2(AT_FDCWD, here.c_str(), AT_FDCWD, one.c_str(), RENAME_EXCHANGE);
  int dialled = 0;
  for (int i = 0; i < 400; ++i) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const Address to = Unix(here);
    dialled += connect(fd, to.get(), to.size) == 0;
    close(fd);
  }
  kill(swapper, SIGKILL);
  return dialled == 0;
}

USHER_ESCAPE({.name = "f_unix_swapped", .row = "F: named unix sockets", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Reached});

}  // namespace
}  // namespace usher::escapes
