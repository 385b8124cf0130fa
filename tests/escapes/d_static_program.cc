// A program of a few instructions: no libc, no loader, no library that anybody could have put into it, no environment.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// cat of its one argument, in place of the code that says something.
std::string TinyCat() {
#if defined(__x86_64__)
  static constexpr unsigned char kCode[] = {0x48, 0x8b, 0x7c, 0x24, 0x10,           // mov rdi, [rsp + 16]: argv[1]
                                        0x31, 0xf6, 0x6a, 2,    0x58,           // xor esi, esi; push 2; pop rax: open
                                        0x0f, 0x05, 0x89, 0xc7,                 // syscall; mov edi, eax
                                        0x48, 0x81, 0xec, 0,    2,    0,    0,  // sub rsp, 512
                                        0x48, 0x89, 0xe6,                       // mov rsi, rsp
                                        0xba, 0,    2,    0,    0,    0x31, 0xc0,  // mov edx, 512; xor eax, eax: read
                                        0x0f, 0x05, 0x89, 0xc2,                    // syscall; mov edx, eax
                                        0x6a, 1,    0x58, 0x89, 0xc7,  // push 1; pop rax; mov edi, eax: write
                                        0x0f, 0x05, 0x6a, 60,   0x58,  // syscall; push 60; pop rax: exit
                                        0x31, 0xff, 0x0f, 0x05};       // xor edi, edi; syscall
  std::string program = ProgramThatSays(std::string(sizeof(kCode), '.'));
  return program.replace(64 + 56, sizeof(kCode), reinterpret_cast<const char*>(kCode), sizeof(kCode));
#else
  return "";
#endif
}

int Cat(const World& world, std::string file) {
  const std::string path = world.work() + "/cat", program = TinyCat();
  if (program.empty()) return std::puts("written for x86-64 only"), kCannotTry;
  Spill(path, program);
  char name[] = "cat";
  char* const argv[] = {name, file.data(), nullptr};
  return Run(OpenLoot(world), path.c_str(), argv, nullptr);
}

int Attack(const World& world) { return Cat(world, world.secret()); }

int Twin(const World& world) {
  Spill("own", "the allowed program ran\n");
  return Cat(world, "own") == kCannotTry ? 0 : AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_static_program",
              .row = "D: static, raw syscalls",
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
