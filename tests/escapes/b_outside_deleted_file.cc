// A file that a process outside has open and has removed, as here documents and temporary files are. It has no name
// that a rule could speak of, but it can be got hold of: an O_PATH open of the victim's descriptor, and a reopen of
// one's own.

#include <sys/mman.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"
#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Write(outside.world().home() + "/draft", World::secret_text());
  StartShell(outside, "exec 3<../home/draft; rm ../home/draft; exec 4<&3; kill -STOP $$", "fd/4");
}

int Attack(const World& world) {
  LootBy(world, "fd", Slurp(VictimEntry("fd/3")));
  const int pinned = Pin(VictimEntry("fd/3"));
  LootBy(world, "pinned", Slurp(NameOfDescriptor(pinned)));
  LootBy(world, "task", Slurp("/proc/thread-self/fd/" + std::to_string(pinned)));
  if (symlink(NameOfDescriptor(pinned).c_str(), "link") == 0) LootBy(world, "link", Slurp("link"));
  // A number that names an open file of one's own the next moment, and the pinned one again in between.
  const int mine = open("mine", O_RDWR | O_CREAT | O_CLOEXEC, 0600), slot = dup(pinned);
  unlink("mine");
  std::string flipped;
  {
    const Meanwhile flipping([&](unsigned i) { dup2(i % 2 == 0 ? mine : pinned, slot); });
    KeepTrying([&] { return !(flipped = Slurp(NameOfDescriptor(slot))).empty(); });
  }
  LootBy(world, "flipped", flipped);
  return 0;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, {"fd", "pinned", "task", "link", "flipped"}); }

// What one has open oneself, removed or never named, one may open again.
int Twin(const World&) {
  if (!Spill("mine", "text")) return 1;
  const int removed = open("mine", O_RDONLY | O_CLOEXEC), memory = memfd_create("mine", MFD_CLOEXEC);
  if (unlink("mine") < 0 || Slurp(NameOfDescriptor(removed)) != "text") return 2;
  if (write(memory, "text", 4) != 4 || Slurp(NameOfDescriptor(memory)) != "text") return 3;
  int ends[2];
  if (pipe(ends) < 0) return 4;
  return SpillDescriptor(open(NameOfDescriptor(ends[0]).c_str(), O_WRONLY), "x") ? 0 : 5;
}

USHER_ESCAPE({.name = "b_outside_deleted_file",
              .row = "B: /proc/PID/root, cwd, fd, mem, environ of others",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
