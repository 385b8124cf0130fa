// The same by the magic link of its descriptor; and the memory file calls itself like a program of the system.

#include <sys/mman.h>

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = memfd_create("/../usr/bin/true", 0);
  const std::string program = ProgramThatSays(kRan);
  if (write(fd, program.data(), program.size()) < 0) return 1;
  const int readable = open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY);
  close(fd);  // nobody may run what is open for writing
  return RunDenied(world, "/proc/self/fd/" + std::to_string(readable));
}

USHER_ESCAPE({.name = "d_memory_file_named", .row = "D: memfd", .attack = &Attack, .escaped = &DeniedProgramRan});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
