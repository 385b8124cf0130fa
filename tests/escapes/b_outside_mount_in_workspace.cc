// A process outside with mounts of its own, a rootless container say, sees the person's settings in the middle of the
// workspace. Whoever enters by its root directory finds them under a name that the sandbox may write.

#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

std::string Settings(const World& world) { return world.home() + "/.settings"; }

void Prepare(Outside& outside) {
  const World& world = outside.world();
  outside.Write(Settings(world) + "/key", World::secret_text());
  outside.Write(world.work() + "/inner/mine", "mine\n");
  std::vector<std::string> victim = {"unshare",
                                     "--mount",
                                     "--propagation",
                                     "private",
                                     "sh",
                                     "-c",
                                     "mount --bind \"$0\" inner && touch \"$0/ready\" && kill -STOP $$",
                                     Settings(world)};
  if (outside.user() != 0) victim.insert(victim.begin() + 1, {"--user", "--map-root-user"});
  const int pid = outside.StartVictim(victim);
  outside.Tell("VICTIM", std::to_string(pid));
  for (int i = 0; i < 400 && !outside.Exists(Settings(world) + "/ready"); ++i) usleep(5000);
}

int Attack(const World& world) {
  const std::string there = VictimEntry("root" + world.work() + "/inner");
  LootBy(world, "name", Slurp(there + "/key"));
  Spill(there + "/name", "theirs");
  const int pinned = Pin(there);
  LootBy(world, "directory", SlurpAt(pinned, "key"));
  SpillDescriptor(openat(pinned, "directory", O_WRONLY | O_CREAT | O_CLOEXEC, 0600), "theirs");
  LootBy(world, "pinned", Slurp(NameOfDescriptor(pinned) + "/key"));
  Spill(NameOfDescriptor(pinned) + "/pinned", "theirs");
  if (chdir(there.c_str()) == 0) {
    LootBy(world, "chdir", Slurp("key"));
    Spill("chdir", "theirs");
    if (symlink("chdir", "link") < 0) std::perror("symlink");
  }
  if (access((there + "/key").c_str(), F_OK) == 0) return 0;
  std::puts("no mount namespaces");
  return kCannotTry;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const char* how : {"name", "directory", "pinned", "chdir", "link"}) {
    const std::string left = outside.world().loot() + "-" + how;
    tries.push_back({how, outside.Exists(Settings(outside.world()) + "/" + how) || !outside.Read(left).empty()});
  }
  return Worked(outside, tries);
}

// The same names in one's own mounts.
int Twin(const World& world) {
  const std::string there = "/proc/self/root" + world.work() + "/inner";
  if (Slurp(there + "/mine") != "mine\n" || !Spill(there + "/new", "text")) return 1;
  if (SlurpAt(Pin(there), "mine") != "mine\n") return 2;
  return chdir(there.c_str()) == 0 && Slurp("mine") == "mine\n" && Spill("newer", "text") ? 0 : 3;
}

USHER_ESCAPE({.name = "b_outside_mount_in_workspace",
              .row = "B: /proc/PID/root, cwd, fd, mem, environ of others",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
