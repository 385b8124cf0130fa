// The library that Usher lent: its code written over so that every open takes the gate, its file opened again for writing,
// and its pages shared and changed for all that will use it.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <sstream>

#include "interpose/wire.h"
#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

struct Mapped {
  uintptr_t begin = 0, end = 0;
  std::string name;
};

// The code of the C library, as it is mapped.
Mapped Library() {
  std::istringstream maps(Slurp("/proc/self/maps"));
  const auto inside = reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "fopen"));
  for (std::string line; std::getline(maps, line);) {
    Mapped found;
    if (std::sscanf(line.c_str(), "%lx-%lx", &found.begin, &found.end) == 2 && found.begin <= inside && inside < found.end) {
      found.name = line.substr(line.find('/') == line.npos ? line.size() : line.find('/'));
      return found;
    }
  }
  return {};
}

// Where the stubs look at the flags, they shall find nothing to object to.
void MarkEveryOpen(const Mapped& library) {
  const auto size = library.end - library.begin;
  auto* const code = reinterpret_cast<unsigned char*>(library.begin);
  if (mprotect(code, size, PROT_READ | PROT_WRITE | PROT_EXEC) < 0) return;
  const uint32_t wanted = kNotGated, nothing = 0;
  for (size_t i = 0; i + sizeof(wanted) <= size; ++i) {
    if (std::memcmp(code + i, &wanted, sizeof(wanted)) == 0) std::memcpy(code + i, &nothing, sizeof(nothing));
  }
}

int Attack(const World& world) {
  const Mapped library = Library();
  MarkEveryOpen(library);
  (void)Loot(world, Slurp(world.secret()));
  const int note = open(world.note().c_str(), O_WRONLY | O_TRUNC);
  if (note >= 0) (void)!write(note, "theirs", 6);
  // The file behind it, for those who come later. Never the system's own: this part is tried on what was lent alone.
  if (!library.name.starts_with("/memfd:")) return 0;
  char file[64];
  std::snprintf(file, sizeof(file), "/proc/self/map_files/%lx-%lx", library.begin, library.end);
  chmod(file, 0777);
  for (const char* name : {static_cast<const char*>(file), library.name.c_str()}) {
    const int fd = open(name, O_RDWR);
    if (fd < 0) continue;
    void* const shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED) (void)Loot(world, World::secret_text());  // this is as good as having it
    if (write(fd, "theirs", 6) == 6 || ftruncate(fd, 0) == 0) (void)Loot(world, World::secret_text());
  }
  return 0;
}

bool Escaped(Outside& outside) { return ChangedNote(outside) || TookSecret(outside); }

// Code that is written over works as it was written: a program may do so to itself.
int Twin(const World& world) {
  MarkEveryOpen(Library());
  return Spill(world.work() + "/mine", "text") && Slurp(world.work() + "/mine") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "b_gate_library_changed",
              .row = "B: what the gate lets into the kernel",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
