// socketcall(2) of 32-bit programs is every call on sockets in one, with its arguments behind a pointer.

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>

#include "tests/escapes/sockets.h"

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

int Attack(const World&) {
  signal(SIGSEGV, [](int) { _exit(kCannotTry); });
  char* memory = Low();
  const auto place = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(memory));
  const Address to = Internet("127.0.0.1", TrapPort());
  std::memcpy(memory + 64, &to.storage, to.size);
  const uint32_t make[] = {AF_INET, SOCK_STREAM, 0};
  std::memcpy(memory, make, sizeof(make));
  const long fd = Int80(102, 1 /* SYS_SOCKET */, place, 0);
  const uint32_t dial[] = {static_cast<uint32_t>(fd), place + 64, to.size};
  std::memcpy(memory, dial, sizeof(dial));
  return Int80(102, 3 /* SYS_CONNECT */, place, 0) < 0;
}
#else
int Attack(const World&) { return kCannotTry; }
#endif

USHER_ESCAPE({.name = "e_int80_socketcall", .row = "E: int 0x80, arm32 compat", .prepare = &TellTcpPort,
              .attack = &Attack, .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
