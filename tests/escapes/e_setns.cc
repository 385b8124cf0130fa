// Another program's namespaces are entered instead of made: by its pidfd.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const bool apart = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
                     mount((world.home() + "/.ssh").c_str(), "/usr/share", nullptr, MS_BIND, nullptr) == 0;
  Ready(world, apart ? "apart" : "");
  for (;;) pause();
}

int Attack(const World& world) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const auto victim = static_cast<int>(syscall(SYS_pidfd_open, VictimPid(), 0));
  const int spaces = open(("/proc/" + std::to_string(VictimPid()) + "/ns/user").c_str(), O_RDONLY);
  if (setns(victim, CLONE_NEWUSER | CLONE_NEWNS) < 0 && setns(spaces, 0) < 0) return 1;
  return Loot(world, Slurp("/usr/share/id_ed25519")) ? 0 : 1;
}

USHER_ESCAPE({.name = "e_setns", .row = "E: unshare, clone/clone3 ns, setns, mount, pivot_root, chroot",
              .attack = &Attack, .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
