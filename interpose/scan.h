// Where does a library open files? The places that the gate may change, and no others: everything about them is proved
// from the instructions of the function around, and what cannot be proved is left alone. A place that is missed is only
// slower.

#ifndef USHER_INTERPOSE_SCAN_H_
#define USHER_INTERPOSE_SCAN_H_

#include <cstdint>
#include <vector>

#include "interpose/elf_image.h"

namespace usher {

// A system call instruction with what stands around it. The call stays where it is, so that whoever looks at a waiting
// thread (a debugger, an unwinder, pthread_cancel) finds it in the function that it is in.
//
//     front:   instructions that move away, to make room for a jump
//     call:    syscall, svc
//     back:    instructions that move away, likewise
//     resume:  the first that stays
struct Site {
  uint64_t front = 0, call = 0, back = 0, resume = 0;
  uint32_t number = 0;
  friend bool operator==(const Site&, const Site&) = default;
};

// The room that a jump takes.
uint64_t JumpSize(Machine machine);

// Sites in one function, by its bytes alone.
std::vector<Site> SitesInFunction(Machine machine, std::span<const uint8_t> code, uint64_t address);

// Sites in the whole library: also, nobody else jumps into the midst of one.
std::vector<Site> FindSites(const ElfImage& image);

}  // namespace usher

#endif  // USHER_INTERPOSE_SCAN_H_
