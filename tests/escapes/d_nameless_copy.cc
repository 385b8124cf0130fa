// A copy of cat without a name (O_TMPFILE), or under any name: it is not the name that the secret is kept from.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  int fd = open(world.work().c_str(), O_TMPFILE | O_RDWR, 0755);
  if (fd < 0) fd = open("copy", O_CREAT | O_RDWR, 0755);
  const std::string cat = Slurp("/usr/bin/cat");
  if (write(fd, cat.data(), cat.size()) < 0) return 1;
  const int readable = open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY);
  close(fd);
  std::string file = world.secret();
  char name[] = "cat";
  char* const argv[] = {name, file.data(), nullptr};
  return Run(OpenLoot(world), ("/proc/self/fd/" + std::to_string(readable)).c_str(), argv);
}

USHER_ESCAPE({.name = "d_nameless_copy", .row = "D: copy", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
