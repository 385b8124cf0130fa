// What has to be changed in a library so that its opens go through the gate: pure, bytes in and edits out.
//
//   front:  jmp enter ──▶ enter:  what stood at front
//                                 only reads, and the mode's upper half is free?  put the mark there
//   call:   syscall       ◀────── jmp call
//   back:   jmp leave ──▶ leave:  marked?  take the mark away;  EACCES?  ──▶ jmp call, once more
//                                 what stood at back
//   resume: …             ◀────── jmp resume
//
// The stubs stand in the room behind the code. They use no stack, no memory and no register that the call does not use
// up or that is not given back, and they keep nothing: a signal, a fork or a longjmp at any instruction leaves nothing
// undone.

#ifndef USHER_INTERPOSE_PATCH_H_
#define USHER_INTERPOSE_PATCH_H_

#include <cstdint>
#include <span>
#include <vector>

#include "interpose/elf_image.h"
#include "interpose/scan.h"

namespace usher {

struct Edit {
  uint64_t address = 0;
  std::vector<uint8_t> bytes;
};

// Fewer sites than were found are changed when the room does not last for all. None: no edits.
std::vector<Edit> PlanPatch(const ElfImage& image, std::span<const Site> sites);

// The two stubs of one site, at addresses of their own. `front` and `back` are the instructions that moved.
struct Stubs {
  std::vector<uint8_t> enter, leave;
};
Stubs StubsOnX86(const Site& site, std::span<const uint8_t> front, std::span<const uint8_t> back, uint64_t at);
Stubs StubsOnAArch64(const Site& site, std::span<const uint8_t> front, std::span<const uint8_t> back, uint64_t at);

// A jump from `from` to `to` that fills `size` bytes.
std::vector<uint8_t> JumpOnX86(uint64_t from, uint64_t to, uint64_t size);
std::vector<uint8_t> JumpOnAArch64(uint64_t from, uint64_t to, uint64_t size);

}  // namespace usher

#endif  // USHER_INTERPOSE_PATCH_H_
