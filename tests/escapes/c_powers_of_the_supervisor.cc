// Run by root, the sandbox has no capabilities, but whoever acts for it may: owners given away, set-id files of others,
// files that only root's powers open.

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr unsigned kSomebody = 12345;

void Prepare(Outside& outside) {
  const std::string theirs = outside.world().work() + "/theirs";
  outside.Write(theirs, World::secret_text());
  if (outside.user() == 0 && (chmod(theirs.c_str(), 0600) < 0 || chown(theirs.c_str(), kSomebody, kSomebody) < 0))
    return;
}

int Attack(const World& world) {
  if (getuid() != 0) {
    std::puts("needs root");
    return kCannotTry;
  }
  if (!Spill("given", "text")) return 1;
  [[maybe_unused]] int ignored = chown("given", kSomebody, kSomebody);
  LootBy(world, "theirs", Slurp("theirs"));
  const char capability[20] = {1, 0, 0, 2, 2};  // VFS_CAP_REVISION_2, effective: CAP_DAC_OVERRIDE
  if (Spill("capable", "text")) setxattr("capable", "security.capability", capability, sizeof(capability), 0);
  return 0;
}

bool Escaped(Outside& outside) {
  const std::string work = outside.world().work();
  struct stat given {};
  char value[32];
  stat((work + "/given").c_str(), &given);
  const bool took = outside.Read(work + "/loot-theirs").find(World::secret_text()) != std::string::npos;
  return Worked(outside, {{"chown", given.st_uid == kSomebody},
                          {"read", took},
                          {"setxattr", getxattr((work + "/capable").c_str(), "security.capability", value, 32) > 0}});
}

int Twin(const World&) { return Spill("mine", "text") && chown("mine", getuid(), getgid()) == 0 ? 0 : 1; }

USHER_ESCAPE({.name = "c_powers_of_the_supervisor",
              .row = "C: chmod, utime, setxattr, chown",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
