// A file that may be read, reopened for writing through the descriptor that was got for reading.

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr const char* kFiles[] = {"read-only", "pinned", "dev-fd", "appending", "truncating"};

std::string Tool(const World& world, const char* which) { return world.home() + "/.local/lib/tool/" + which; }

void Prepare(Outside& outside) {
  for (const char* which : kFiles) outside.Write(Tool(outside.world(), which), "as it was\n");
}

int Attack(const World& world) {
  const auto fd = [&](const char* which) { return open(Tool(world, which).c_str(), O_RDONLY | O_CLOEXEC); };
  const auto reopen = [](const std::string& name, int flags) {
    SpillDescriptor(open(name.c_str(), flags | O_CLOEXEC), "changed\n");
  };
  reopen(NameOfDescriptor(fd("read-only")), O_WRONLY);
  reopen(NameOfDescriptor(Pin(Tool(world, "pinned"))), O_RDWR);
  reopen("/dev/fd/" + std::to_string(fd("dev-fd")), O_RDWR);
  reopen(NameOfDescriptor(fd("appending")), O_WRONLY | O_APPEND);
  close(open(NameOfDescriptor(fd("truncating")).c_str(), O_RDONLY | O_TRUNC | O_CLOEXEC));
  return 0;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const char* which : kFiles)
    tries.push_back({which, outside.Read(Tool(outside.world(), which)) != "as it was\n"});
  return Worked(outside, tries);
}

int Twin(const World& world) {
  if (Slurp(Tool(world, "pinned")) != "as it was\n") return 1;
  if (!Spill("mine", "text")) return 2;
  const int mine = open("mine", O_RDONLY | O_CLOEXEC);
  return SpillDescriptor(open(NameOfDescriptor(mine).c_str(), O_WRONLY), "next") && Slurp("mine") == "next" ? 0 : 3;
}

USHER_ESCAPE({.name = "b_reopen_for_writing",
              .row = "B: O_PATH then /proc/self/fd/N; open_tree(0)",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
