// cat with a capability in its attributes (CAP_DAC_OVERRIDE) reads what only root may.

#include <linux/capability.h>
#include <sys/xattr.h>

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  if (geteuid() != 0) return;  // only root can make such a program
  const std::string cat = outside.world().home() + "/.local/bin/cat", file = outside.world().work() + "/roots";
  outside.Write(cat, Slurp("/usr/bin/cat"));
  outside.Write(file, World::secret_text());
  vfs_cap_data data{};
  data.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE;
  data.data[0].permitted = 1u << CAP_DAC_OVERRIDE;
  if (chmod(cat.c_str(), 0755) < 0 || setxattr(cat.c_str(), "security.capability", &data, sizeof(data), 0) < 0) return;
  if (chown(file.c_str(), 0, 0) < 0 || chmod(file.c_str(), 0600) < 0) return;
  outside.Tell("CAT", cat);
}

int Attack(const World& world) {
  if (Told("CAT").empty()) return std::puts("only root can prepare this, where files have capabilities"), kCannotTry;
  std::string file = world.work() + "/roots";
  char name[] = "cat";
  char* const argv[] = {name, file.data(), nullptr};
  return Run(OpenLoot(world), Told("CAT").c_str(), argv);
}

USHER_ESCAPE({.name = "d_file_capabilities",
              .row = "D: set-uid/set-gid/file caps",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &TookSecret,
              .needs_user = true});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
