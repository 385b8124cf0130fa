// A secret in the workspace, moved with the directory that it lies in to where the floor lets everything be read.

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Deeper than anybody would look upwards for what the floor gives.
std::string FarDown() {
  std::string name = "c";
  for (int i = 0; i < 80; ++i) name += "/n";
  return name + "/last";
}

void Prepare(Outside& outside) {
  const std::string work = outside.world().work();
  outside.Write(work + "/a/deep/.env", World::secret_text());
  outside.Write(work + "/b/deep/.env", World::secret_text());
  outside.Write(work + "/" + FarDown() + "/.env", World::secret_text());
  outside.Write(work + "/given/plain", "text\n");
  outside.Write(work + "/given/inner/plain", "text\n");
}

int Attack(const World& world) {
  rename("a", "given/a");
  syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "given/inner", RENAME_EXCHANGE);
  rename("a/deep", "given/deep");
  rename(FarDown().c_str(), "given/last");
  for (const char* name : {"given/a/deep/.env", "given/inner/deep/.env", "given/deep/.env", "given/last/.env"}) {
    (void)Loot(world, Slurp(name));
  }
  return 0;
}

int Twin(const World&) {
  if (mkdir("own", 0755) < 0 || !Spill("own/file", "text") || rename("own", "given/own") < 0) return 1;
  return Slurp("given/own/file") == "text" ? 0 : 2;
}

USHER_ESCAPE({.name = "b_gate_secret_moved",
              .row = "B: what the gate lets into the kernel",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
