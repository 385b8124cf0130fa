// What the scanner has to know of an instruction. The disassembler behind it (Capstone) is seen nowhere else.

#ifndef USHER_INTERPOSE_INSTRUCTION_H_
#define USHER_INTERPOSE_INSTRUCTION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "interpose/elf_image.h"

namespace usher {

struct Instruction {
  uint64_t address = 0;
  uint8_t size = 0;
  bool calls_kernel = false;
  bool leaves = false;             // jumps, calls, returns or traps: the next instruction may not be the next one run
  bool jumps_by_register = false;  // and where to is not to be seen here
  bool movable = false;            // means the same at another address
  std::optional<uint64_t> target;  // of a jump or a call
  std::optional<uint64_t> number;  // what it puts into the register that names the system call
  bool changes_number = false;     // it does something else to that register

  uint64_t end() const { return address + size; }
};

// Decodes from the first byte to the last. Nothing when anything in between is no instruction.
std::optional<std::vector<Instruction>> Disassemble(Machine machine, std::span<const uint8_t> code, uint64_t address);

}  // namespace usher

#endif  // USHER_INTERPOSE_INSTRUCTION_H_
