// A process outside stands where one may not go: its working directory, root and open files are links in /proc.

#include <sys/wait.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { StartShell(outside, "cd ../home/.ssh; exec 3<id_ed25519; kill -STOP $$", "fd/3"); }

int Attack(const World& world) {
  LootBy(world, "cwd", Slurp(VictimEntry("cwd/id_ed25519")));
  LootBy(world, "root", Slurp(VictimEntry("root") + world.secret()));
  LootBy(world, "fd", Slurp(VictimEntry("fd/3")));
  LootBy(world, "task", Slurp(VictimEntry("task/" + Told("VICTIM") + "/cwd/id_ed25519")));
  LootBy(world, "pinned-cwd", SlurpAt(Pin(VictimEntry("cwd")), "id_ed25519"));
  LootBy(world, "pinned-fd", Slurp(NameOfDescriptor(Pin(VictimEntry("fd/3")))));
  if (chdir(VictimEntry("cwd").c_str()) == 0) LootBy(world, "chdir", Slurp("id_ed25519"));
  return 0;
}

bool Escaped(Outside& outside) {
  return TookSecretBy(outside, {"cwd", "root", "fd", "task", "pinned-cwd", "pinned-fd", "chdir"});
}

// A process inside may be looked at.
int Twin(const World&) {
  if (!Spill("mine", "text")) return 1;
  const std::string parent = "/proc/" + std::to_string(getpid());
  const pid_t child = fork();
  if (child == 0) _exit(Slurp(parent + "/cwd/mine") == "text" && Slurp(parent + "/root/etc/passwd") != "" ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 2;
}

USHER_ESCAPE({.name = "b_outside_cwd_root_and_fd",
              .row = "B: /proc/PID/root, cwd, fd, mem, environ of others",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
