// chdir(2) stays in the kernel: into the root directory of a program that lives in another mount namespace, and the name
// /usr/share/secret follows.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

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
  if (chdir(("/proc/" + std::to_string(VictimPid()) + "/root/usr/share").c_str()) < 0) return 1;
  return Loot(world, Slurp("id_ed25519")) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_other_mount_namespace_cwd", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
