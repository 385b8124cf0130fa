// Keys that the kernel keeps for a user are everybody's who is that user.

#include <linux/keyctl.h>
#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  // "user", readable by all of this user: KEY_USR_ALL.
  const std::string name = "usher-test-" + std::to_string(getpid()), text = World::secret_text();
  const long key = syscall(SYS_add_key, "user", name.c_str(), text.data(), text.size(), KEY_SPEC_USER_KEYRING);
  if (key >= 0) syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f3f0000);
  if (key >= 0) syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key, 5);
  Ready(world, key < 0 ? "" : std::to_string(key));
  for (;;) pause();
}

int Attack(const World& world) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  char text[64]{};
  return syscall(SYS_keyctl, KEYCTL_READ, std::atoi(Told("FROM_VICTIM").c_str()), text, sizeof(text)) > 0 && Loot(world, text) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_key_ring", .row = "G: SysV shm/msg/sem, POSIX mq, /dev/shm, key ring", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
