// A folder and a link to the keys change places (RENAME_EXCHANGE) while a name through them is opened.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  const Meanwhile turning([](unsigned) { return renameat2(AT_FDCWD, "twin", AT_FDCWD, "s", RENAME_EXCHANGE); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, "twin/letters"); }) ? 0 : 1;
}

int Twin(const World&) {
  mkdir("one", 0755);
  mkdir("two", 0755);
  return Spill("one/file", "text") && renameat2(AT_FDCWD, "one", AT_FDCWD, "two", RENAME_EXCHANGE) == 0 &&
                 Slurp("two/file") == "text"
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "a_exchange_while_opening",
              .row = "A: symlink or parent swapped",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
