// fanotify is another door to the same events, and since Linux 5.13 not for root alone.

#include <fcntl.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// The person goes on working meanwhile.
void Prepare(Outside& outside) {
  outside.StartVictim(
      {"sh", "-c", "while :; do cat ../home/.ssh/id_ed25519 >/dev/null; : >>../home/note.txt; sleep 0.02; done"});
}

int Attack(const World& world) {
  const long group = syscall(SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_NONBLOCK, O_RDONLY);
  if (group < 0) {
    std::puts("no fanotify for users");
    return kCannotTry;
  }
  const std::string ssh = world.home() + "/.ssh";
  if (syscall(SYS_fanotify_mark, group, FAN_MARK_ADD, FAN_OPEN | FAN_EVENT_ON_CHILD, AT_FDCWD, ssh.c_str()) < 0) {
    if (errno != ENODEV) return 1;
    std::puts("the file system has no identifier for fanotify");  // fanotify_mark(2); tmpfs since Linux 5.13
    return kCannotTry;
  }
  pollfd event{.fd = static_cast<int>(group), .events = POLLIN, .revents = 0};
  return poll(&event, 1, 1000) == 1 && Loot(world, World::secret_text()) ? 0 : 1;
}

USHER_ESCAPE({.name = "i_watch_by_fanotify",
              .row = "I: inotify, fanotify",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
