// Moves for programs: one that must not run, and ways of starting it.

#ifndef USHER_TESTS_ESCAPES_STARTING_H_
#define USHER_TESTS_ESCAPES_STARTING_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "tests/escapes/escape.h"

namespace usher::escapes {

// A program that lies where the person's policy lets nobody start one. It says kRan on its standard output with a
// single call that nobody holds, so one instruction of it is enough to show that it ran.
inline constexpr char kDenyPolicy[] = "version = 1\n[files]\nread.allow = [\"~/denied\"]\nexec.deny = [\"~/denied\"]\n";
inline constexpr char kRan[] = "the denied program ran\n";
inline std::string DeniedProgram(const World& world) { return world.home() + "/denied/program"; }

// A whole static ELF program that writes `text` and exits.
inline std::string ProgramThatSays(const std::string& text) {
  const auto length = static_cast<uint32_t>(text.size());
#if defined(__x86_64__)
  constexpr uint16_t kMachine = 62;
  unsigned char code[] = {0xb8, 1,    0,    0,  0,        // mov eax, SYS_write
                          0x89, 0xc7,                     // mov edi, eax
                          0x48, 0x8d, 0x35, 16, 0, 0, 0,  // lea rsi, [rip + 16]
                          0xba, 0,    0,    0,  0,        // mov edx, length
                          0x0f, 0x05,                     // syscall
                          0xb8, 60,   0,    0,  0,        // mov eax, SYS_exit
                          0x31, 0xff,                     // xor edi, edi
                          0x0f, 0x05};                    // syscall
  std::memcpy(code + 15, &length, sizeof(length));
#elif defined(__aarch64__)
  constexpr uint16_t kMachine = 183;
  uint32_t code[] = {0xd2800020,                // mov x0, 1
                     0x100000e1,                // adr x1, . + 28
                     0xd2800002 | length << 5,  // mov x2, length
                     0xd2800808,
                     0xd4000001,  // mov x8, SYS_write; svc 0
                     0xd2800000,  // mov x0, 0
                     0xd2800ba8,
                     0xd4000001};  // mov x8, SYS_exit; svc 0
#endif
  const uint64_t base = 0x400000, size = 64 + 56 + sizeof(code) + text.size();
  std::string elf(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  elf.resize(16, '\0');
  const auto put = [&](auto value) { elf.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
  put(uint16_t{2}), put(kMachine), put(uint32_t{1});         // ET_EXEC
  put(base + 64 + 56), put(uint64_t{64}), put(uint64_t{0});  // entry, program headers, section headers
  put(uint32_t{0}), put(uint16_t{64}), put(uint16_t{56}), put(uint16_t{1}), put(uint16_t{64}), put(uint32_t{0});
  put(uint32_t{1}), put(uint32_t{5});  // PT_LOAD, read and execute
  put(uint64_t{0}), put(base), put(base), put(size), put(size), put(uint64_t{4096});
  elf.append(reinterpret_cast<const char*>(code), sizeof(code));
  return elf + text;
}

inline void PutDeniedProgram(Outside& outside) {
  const std::string path = DeniedProgram(outside.world());
  outside.Write(path, ProgramThatSays(kRan));
  chmod(path.c_str(), 0755);
}

// Evidence: it has said so, into the loot.
inline bool DeniedProgramRan(Outside& outside) {
  return outside.Read(outside.world().loot()).find(kRan) != std::string::npos;
}

// What programs say goes here.
inline int OpenLoot(const World& world) {
  return open(world.loot().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

// Starts, waits, and says how it ended. The child shares our memory until it runs something, as after vfork(2): whoever
// changes the arguments here changes them there.
template <typename Exec>
int RunWith(int output, Exec exec) {
  const pid_t child = vfork();
  if (child == 0) {
    dup2(output, 1);
    exec();
    _exit(127);
  }
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

inline int Run(int output, const char* path, char* const argv[], char* const envp[] = environ) {
  return RunWith(output, [=] { syscall(SYS_execve, path, argv, envp); });
}

// Starts `path`, a name of the denied program, and keeps what it says.
inline int RunDenied(const World& world, const std::string& path) {
  char name[] = "program";
  char* const argv[] = {name, nullptr};
  return Run(OpenLoot(world), path.c_str(), argv);
}

// The neighbour: a program of the workspace's own, started in the same way.
inline std::string AllowedProgram(const World& world) {
  const std::string path = world.work() + "/allowed";
  Spill(path, ProgramThatSays("the allowed program ran\n"));
  return path;
}
inline int AllowedProgramRan(const World& world) {
  return Slurp(world.loot()).find("the allowed program ran\n") != std::string::npos ? 0 : 1;
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_STARTING_H_
