// A handle names a file by number: no name is walked, so no rule about names can bite.

#include <fcntl.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  struct {
    file_handle head;
    unsigned char bytes[MAX_HANDLE_SZ];
  } handle{};
  handle.head.handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (name_to_handle_at(AT_FDCWD, world.secret().c_str(), &handle.head, &mount, 0) < 0) return 1;
  const int file = open_by_handle_at(Pin(world.work()) < 0 ? -1 : open(".", O_RDONLY), &handle.head, O_RDONLY);
  if (file < 0) {
    std::puts("open_by_handle_at wants CAP_DAC_READ_SEARCH");
    return kCannotTry;
  }
  return Loot(world, SlurpDescriptor(file)) ? 0 : 1;
}

USHER_ESCAPE({.name = "b_file_handle", .row = "B: open_by_handle_at", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
