// Every call that takes something away, in the home: names, and what is in the files.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr const char* kFiles[] = {"unlink", "unlinkat", "rename",     "renameat",
                                  "over",   "truncate", "open-trunc", "creat"};
constexpr const char* kDirectories[] = {"rmdir", "unlinkat-dir", "rename-dir"};

std::string At(const World& world, const char* name) { return world.home() + "/papers/" + name; }

void Prepare(Outside& outside) {
  for (const char* name : kFiles) outside.Write(At(outside.world(), name), "as it was\n");
  for (const char* name : kDirectories) {
    outside.Write(At(outside.world(), name) + "/x", "");
    unlink((At(outside.world(), name) + "/x").c_str());
  }
}

int Attack(const World& world) {
  const int papers = Pin(world.home() + "/papers");
  unlink(At(world, "unlink").c_str());
  unlinkat(papers, "unlinkat", 0);
  rename(At(world, "rename").c_str(), "mine");
  renameat(papers, "renameat", AT_FDCWD, "mine");
  if (Spill("empty", "")) rename("empty", At(world, "over").c_str());
  truncate(At(world, "truncate").c_str(), 1);
  open(At(world, "open-trunc").c_str(), O_RDONLY | O_TRUNC);
  creat(At(world, "creat").c_str(), 0644);
  rmdir(At(world, "rmdir").c_str());
  unlinkat(papers, "unlinkat-dir", AT_REMOVEDIR);
  rename(At(world, "rename-dir").c_str(), "directory");
  return 0;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const char* name : kFiles) tries.push_back({name, outside.Read(At(outside.world(), name)) != "as it was\n"});
  for (const char* name : kDirectories) tries.push_back({name, !outside.Exists(At(outside.world(), name))});
  return Worked(outside, tries);
}

int Twin(const World&) {
  if (mkdir("room", 0755) < 0 || !Spill("room/mine", "text") || truncate("room/mine", 2) < 0) return 1;
  if (Slurp("room/mine") != "te" || unlink("room/mine") < 0 || rmdir("room") < 0) return 2;
  return rmdir("room") < 0 && errno == ENOENT ? 0 : 3;
}

USHER_ESCAPE({.name = "c_destroy_outside",
              .row = "C: create, write, truncate, unlink, rename, mknod, mkdir, symlink, bind",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
