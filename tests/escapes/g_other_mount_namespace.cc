// A program outside lives in a mount namespace of its own (Flatpak, a container), where a harmless name means something
// else. Its root directory is taken as an O_PATH handle, and the file opened below that: /usr/share/secret, it says.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Mounts the home's .ssh over /usr/share, for itself alone.
int Victim(const World& world) {
  const bool apart = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
                     mount((world.home() + "/.ssh").c_str(), "/usr/share", nullptr, MS_BIND, nullptr) == 0;
  Ready(world, apart ? "apart" : "");
  for (;;) pause();
}

int Attack(const World& world) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const int root = open(("/proc/" + std::to_string(VictimPid()) + "/root").c_str(), O_PATH | O_DIRECTORY);
  const int fd = openat(root, "usr/share/id_ed25519", O_RDONLY);
  char text[256];
  const ssize_t size = read(fd, text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_other_mount_namespace", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
