// Writing into a file by every call that takes a descriptor, with the best descriptor that is to be had: alone one for
// writing, under Usher one for reading. Nobody looks at these calls, so they must find nothing to write through.

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr const char* kCalls[] = {"write",           "pwrite",   "ftruncate", "fallocate",
                                  "copy_file_range", "sendfile", "splice",    "mmap",
                                  "mprotect",        "writev",   "clone"};

std::string Tool(const World& world, const char* call) { return world.home() + "/.local/lib/tool/" + call; }

void Prepare(Outside& outside) {
  for (const char* call : kCalls) outside.Write(Tool(outside.world(), call), "as it was\n");
}

int Best(const World& world, const char* call) {
  const int both = open(Tool(world, call).c_str(), O_RDWR | O_CLOEXEC);
  return both >= 0 ? both : open(Tool(world, call).c_str(), O_RDONLY | O_CLOEXEC);
}

void Map(int file, int first, int then) {
  void* page = mmap(nullptr, 4096, first, MAP_SHARED, file, 0);
  if (page == MAP_FAILED || (then != 0 && mprotect(page, 4096, then) < 0)) return;
  static_cast<char*>(page)[0] = 'X';
}

int Attack(const World& world) {
  [[maybe_unused]] ssize_t ignored = write(Best(world, "write"), "X", 1);
  ignored = pwrite(Best(world, "pwrite"), "X", 1, 0);
  ignored = ftruncate(Best(world, "ftruncate"), 1);
  fallocate(Best(world, "fallocate"), 0, 0, 64);
  if (!Spill("source", "changed\n")) return 1;
  const auto source = [] { return open("source", O_RDONLY | O_CLOEXEC); };
  copy_file_range(source(), nullptr, Best(world, "copy_file_range"), nullptr, 8, 0);
  sendfile(Best(world, "sendfile"), source(), nullptr, 8);
  int ends[2];
  if (pipe(ends) < 0) return 1;
  ignored = write(ends[1], "changed\n", 8);
  splice(ends[0], nullptr, Best(world, "splice"), nullptr, 8, 0);
  Map(Best(world, "mmap"), PROT_READ | PROT_WRITE, 0);
  Map(Best(world, "mprotect"), PROT_READ, PROT_READ | PROT_WRITE);
  const iovec bytes{const_cast<char*>("X"), 1};
  ignored = writev(Best(world, "writev"), &bytes, 1);
  // Only some file systems share blocks: by copying where this one does not.
  const int target = Best(world, "clone");
  if (ioctl(target, FICLONE, source()) < 0) ignored = write(target, "X", 1);
  return 0;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const char* call : kCalls) tries.push_back({call, outside.Read(Tool(outside.world(), call)) != "as it was\n"});
  return Worked(outside, tries);
}

int Twin(const World&) {
  const int mine = open("mine", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (ftruncate(mine, 4096) < 0 || fallocate(mine, 0, 0, 8192) < 0) return 1;
  Map(mine, PROT_READ, PROT_READ | PROT_WRITE);
  return Slurp("mine")[0] == 'X' ? 0 : 2;
}

USHER_ESCAPE({.name = "c_write_through_reading",
              .row = "C: create, write, truncate, unlink, rename, mknod, mkdir, symlink, bind",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
