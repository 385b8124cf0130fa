// What is moved is a file when it is judged and a folder when it goes: one that carries a name which runs later
// (settings with hooks in them), although the folder's own name is of no interest.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  mkdir("folder", 0755);
  Spill("folder/settings.json", "{}");
  Spill("file", "text");
  const Meanwhile turning([](unsigned) { return renameat2(AT_FDCWD, "file", AT_FDCWD, "folder", RENAME_EXCHANGE); });
  return KeepTrying([&] {
    if (rename("file", ".claude") == 0 && access(".claude/settings.json", F_OK) == 0) return true;
    rename(".claude", "file");
    return false;
  })
             ? 0
             : 1;
}

int Twin(const World&) {
  return Spill("file", "text") && rename("file", "other") == 0 && Slurp("other") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "a_exchange_what_is_renamed",
              .row = "A: symlink or parent swapped",
              .attack = &Attack,
              .escaped =
                  [](Outside& outside) { return outside.Exists(outside.world().work() + "/.claude/settings.json"); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
