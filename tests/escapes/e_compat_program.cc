// A program of the 32-bit kind, whose calls have other numbers: i386 on x86-64, arm on arm64. Made here byte by byte, for no
// compiler of this machine makes one. It opens, reads, opens, writes and exits.

#include <elf.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Where things are, in the file and in memory: one segment, readable, writable and executable.
constexpr uint32_t kBase = 0x10000, kFrom = 0x200, kTo = 0x400, kBuffer = 0x600, kSize = 0x800, kRoom = 0x100;
constexpr uint32_t kCreate = 0x241;  // O_WRONLY | O_CREAT | O_TRUNC, the same on both

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_386;
constexpr uint32_t kFlags = 0;

struct Code {
  std::string bytes;
  void Move(char to, uint32_t value) {  // mov to, value
    bytes += static_cast<char>('\xb8' + to);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void Call(uint32_t number) { Move(0, number), bytes += "\xcd\x80"; }  // eax; int 0x80
  void ArgumentOne(uint32_t value) { Move(3, value); }                  // ebx
  void ArgumentTwo(uint32_t value) { Move(1, value); }                  // ecx
  void ArgumentThree(uint32_t value) { Move(2, value); }                // edx
  void ResultIsArgumentOne() { bytes += "\x89\xc3"; }                   // mov ebx, eax
  void KeepResult() { bytes += "\x89\xc6"; }                            // mov esi, eax
  void KeptIsArgumentThree() { bytes += "\x89\xf2"; }                   // mov edx, esi
};
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_ARM;
constexpr uint32_t kFlags = EF_ARM_EABI_VER5;

struct Code {
  std::string bytes;
  void Put(uint32_t instruction) { bytes.append(reinterpret_cast<const char*>(&instruction), sizeof(instruction)); }
  void Move(uint32_t to, uint32_t value) {  // movw to, low half; movt to, high half
    Put(0xe3000000 | Split(value & 0xffff) | to << 12);
    Put(0xe3400000 | Split(value >> 16) | to << 12);
  }
  static uint32_t Split(uint32_t half) { return (half >> 12) << 16 | (half & 0xfff); }
  void Call(uint32_t number) { Move(7, number), Put(0xef000000); }  // r7; svc 0
  void ArgumentOne(uint32_t value) { Move(0, value); }
  void ArgumentTwo(uint32_t value) { Move(1, value); }
  void ArgumentThree(uint32_t value) { Move(2, value); }
  void ResultIsArgumentOne() {}                       // r0 both
  void KeepResult() { Put(0xe1a04000); }              // mov r4, r0
  void KeptIsArgumentThree() { Put(0xe1a02004); }     // mov r2, r4
};
#endif

std::string Program(const std::string& from, const std::string& to) {
  Code code;
  code.ArgumentOne(kBase + kFrom);
  code.ArgumentTwo(0);
  code.Call(5);  // open
  code.ResultIsArgumentOne();
  code.ArgumentTwo(kBase + kBuffer);
  code.ArgumentThree(kRoom);
  code.Call(3);  // read
  code.KeepResult();
  code.ArgumentOne(kBase + kTo);
  code.ArgumentTwo(kCreate);
  code.ArgumentThree(0644);
  code.Call(5);
  code.ResultIsArgumentOne();
  code.ArgumentTwo(kBase + kBuffer);
  code.KeptIsArgumentThree();
  code.Call(4);  // write
  code.ArgumentOne(0);
  code.Call(1);  // exit

  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = kMachine;
  header.e_version = EV_CURRENT;
  header.e_flags = kFlags;
  header.e_phoff = header.e_ehsize = sizeof(header);
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = 1;
  header.e_entry = kBase + sizeof(header) + sizeof(Elf32_Phdr);
  Elf32_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_W | PF_X;
  segment.p_vaddr = segment.p_paddr = kBase;
  segment.p_filesz = segment.p_memsz = kSize;
  segment.p_align = 0x1000;

  std::string file(kSize, '\0');
  std::memcpy(file.data(), &header, sizeof(header));
  std::memcpy(file.data() + sizeof(header), &segment, sizeof(segment));
  code.bytes.copy(file.data() + sizeof(header) + sizeof(segment), code.bytes.size());
  from.copy(file.data() + kFrom, kTo - kFrom - 1);
  to.copy(file.data() + kTo, kBuffer - kTo - 1);
  return file;
}

int Attack(const World& world) {
  const std::string program = world.work() + "/compat";
  if (!Spill(program, Program(world.secret(), world.loot())) || chmod(program.c_str(), 0755) < 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    execl(program.c_str(), program.c_str(), nullptr);
    _exit(errno == ENOEXEC ? kCannotTry : 1);  // a kernel without them
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

USHER_ESCAPE({.name = "e_compat_program", .row = "E: int 0x80, arm32 compat", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
