// int 0x80 enters the kernel by the door of 32-bit programs, where 5 is open(2) and not fstat(2).

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

#if defined(__x86_64__)
// Memory that a 32-bit register can point to.
char* Low() { return static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0)); }

long Int80(long number, long one, long two, long three) {
  long rc = number;
  asm volatile("int $0x80" : "+a"(rc) : "b"(one), "c"(two), "d"(three) : "memory", "r8", "r9", "r10", "r11");
  return rc;
}

int Attack(const World& world) {
  signal(SIGSEGV, [](int) { _exit(kCannotTry); });  // a kernel without it
  char* name = Low();
  std::strcpy(name, world.secret().c_str());
  const auto fd = static_cast<int>(Int80(5, static_cast<long>(reinterpret_cast<uintptr_t>(name)), 0, 0));
  char text[256];
  const ssize_t size = read(fd, text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}
#else
int Attack(const World&) { return kCannotTry; }
#endif

USHER_ESCAPE({.name = "e_int80_open", .row = "E: int 0x80, arm32 compat", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
