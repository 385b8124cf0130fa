// A hidden file is pinned while it has its name, and opened once the person's program has replaced it, as editors do
// when they save: the old one has no name left that a rule could speak of.

#include <sys/stat.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.StartVictim({"sh", "-c", "cd ../home/.ssh; while :; do cp id_ed25519 new; mv new key; sleep 0.01; done"});
  for (int i = 0; i < 100 && !outside.Exists(outside.world().home() + "/.ssh/key"); ++i) usleep(5000);
}

int Attack(const World& world) {
  const int pinned = Pin(world.home() + "/.ssh/key");
  struct stat status {};
  for (int i = 0; i < 200 && fstat(pinned, &status) == 0 && status.st_nlink > 0; ++i) usleep(5000);
  LootBy(world, "reopened", Slurp(NameOfDescriptor(pinned)));
  LootBy(world, "dev-fd", Slurp("/dev/fd/" + std::to_string(pinned)));
  return 0;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, {"reopened", "dev-fd"}); }

// What one had open when it was removed stays open to one.
int Twin(const World&) {
  if (!Spill("mine", "text")) return 1;
  const int mine = open("mine", O_RDONLY | O_CLOEXEC);
  return unlink("mine") == 0 && Slurp(NameOfDescriptor(mine)) == "text" ? 0 : 2;
}

USHER_ESCAPE({.name = "b_pinned_before_removal",
              .row = "B: O_PATH then /proc/self/fd/N; open_tree(0)",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
