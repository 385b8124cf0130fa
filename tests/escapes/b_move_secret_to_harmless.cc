// Names like .env are secret at any depth, but not below node_modules or in the temporary directory, where packages
// lie. So the directory around the secret is moved there: it is not the secret's own name that changes.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  for (const char* app : {"one", "two", "three", "four"}) {
    outside.Write(outside.world().work() + "/" + app + "/.env", World::secret_text());
    outside.Write(outside.world().work() + "/" + app + "/lib/.env", World::secret_text());
  }
}

int Attack(const World& world) {
  const std::string temporary = Told("TMPDIR");
  if (rename("one", (temporary + "/moved").c_str()) == 0) LootBy(world, "temporary", Slurp(temporary + "/moved/.env"));
  mkdir("node_modules", 0755);
  if (rename("two", "node_modules/two") == 0) LootBy(world, "beneath", Slurp("node_modules/two/.env"));
  rmdir("node_modules/two");
  if (rename("three", "site-packages") == 0) LootBy(world, "renamed", Slurp("site-packages/.env"));
  // Only .venv/lib is harmless, not .venv itself.
  if (rename("four", ".venv") == 0) LootBy(world, "above", Slurp(".venv/lib/.env"));
  return 0;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, {"temporary", "beneath", "renamed", "above"}); }

int Twin(const World&) {
  if (mkdir("node_modules", 0755) < 0 || mkdir("node_modules/.new", 0755) < 0) return 1;
  if (!Spill("node_modules/.new/.env", "fixture") || rename("node_modules/.new", "node_modules/new") < 0) return 2;
  if (Slurp("node_modules/new/.env") != "fixture") return 3;
  return mkdir("build", 0755) == 0 && rename("build", "dist") == 0 ? 0 : 4;
}

USHER_ESCAPE({.name = "b_move_secret_to_harmless",
              .row = "B: rename in / out, exchange",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
