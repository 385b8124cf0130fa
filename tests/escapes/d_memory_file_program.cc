// A program that lies in memory (memfd_create, execveat) has no path that a rule could be about.

#include <sys/mman.h>

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = memfd_create("harmless", MFD_CLOEXEC);
  const std::string program = ProgramThatSays(kRan);
  if (write(fd, program.data(), program.size()) < 0) return 1;
  char name[] = "program";
  char* const argv[] = {name, nullptr};
  return RunWith(OpenLoot(world), [=] { syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH); });
}

USHER_ESCAPE({.name = "d_memory_file_program", .row = "D: memfd", .attack = &Attack, .escaped = &DeniedProgramRan});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
