// The calls that the gate knows, by their numbers. They are the rows of the table of system calls that name a gate; a
// test holds both together.

#ifndef USHER_INTERPOSE_GATED_CALL_H_
#define USHER_INTERPOSE_GATED_CALL_H_

#include <cstdint>
#include <optional>

#include "interpose/elf_image.h"
#include "interpose/wire.h"

namespace usher {

inline std::optional<GateArgs> GateOf(Machine machine, uint32_t number) {
  if (machine == Machine::kAArch64) return number == 56 ? std::optional(kOpenAtGate) : std::nullopt;
  return number == 257 ? std::optional(kOpenAtGate) : number == 2 ? std::optional(kOpenGate) : std::nullopt;
}

}  // namespace usher

#endif  // USHER_INTERPOSE_GATED_CALL_H_
