// A process outside in a mount namespace of its own, a container say, has other files under the names that are free
// here. The way in is its root directory; the names behind it look like ours.

#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  std::vector<std::string> victim = {
      "unshare",
      "--mount",
      "--propagation",
      "private",
      "sh",
      "-c",
      "mount -t tmpfs none /opt && printf '%s\n' 'the secret of this trial' >/opt/key && "
      "mkdir /opt/ready && kill -STOP $$"};
  if (outside.user() != 0) victim.insert(victim.begin() + 1, {"--user", "--map-root-user"});
  const int pid = outside.StartVictim(victim);
  outside.Tell("VICTIM", std::to_string(pid));
  const std::string ready = "/proc/" + std::to_string(pid) + "/root/opt/ready";
  for (int i = 0; i < 100 && access(ready.c_str(), F_OK) < 0; ++i) usleep(5000);
}

int Attack(const World& world) {
  LootBy(world, "root", Slurp(VictimEntry("root/opt/key")));
  LootBy(world, "pinned", Slurp(NameOfDescriptor(Pin(VictimEntry("root/opt/key")))));
  LootBy(world, "directory", SlurpAt(Pin(VictimEntry("root/opt")), "key"));
  LootBy(world, "twice", Slurp(VictimEntry("root/proc/self/cwd/../../../../opt/key")));
  if (chdir(VictimEntry("root").c_str()) == 0) {
    LootBy(world, "chdir", Slurp("opt/key"));
    LootBy(world, "own-cwd", Slurp("/proc/self/cwd/opt/key"));
  }
  if (access(VictimEntry("root/opt/ready").c_str(), F_OK) == 0) return 0;
  std::puts("no mount namespaces");
  return kCannotTry;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, {"root", "pinned", "directory", "chdir", "own-cwd"}); }

USHER_ESCAPE({.name = "b_outside_mounts",
              .row = "B: /proc/PID/root, cwd, fd, mem, environ of others",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
