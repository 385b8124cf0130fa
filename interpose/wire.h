// What the filter and the patched library have agreed on: how an open says that it will be repeated if it is refused.
//
// An open that only reads may run in the kernel when the caller has put kMark into the upper half of the argument that
// carries the mode: the kernel takes 16 bits of it, and of those none when nothing is made. The floor then lets it
// succeed or fails it with EACCES; the caller takes the mark away and calls again, and that call is held and judged.
// The mark is no secret and gives no right: whoever sets it gets what the floor allows.

#ifndef USHER_INTERPOSE_WIRE_H_
#define USHER_INTERPOSE_WIRE_H_

#include <cstdint>

namespace usher {

// No upper half of a pointer, a sign or a small number. Its bits are one run, so that it is one immediate on AArch64.
inline constexpr uint32_t kGateMark = 0x7fffff00;

// Open flags with which an open does more than read, or asks Landlock nothing: O_ACCMODE, O_CREAT, O_TRUNC, O_PATH and
// the bit of O_TMPFILE that O_DIRECTORY has not. The numbers are the same on x86-64 and AArch64.
inline constexpr uint32_t kNotGated = 0x3 | 0100 | 01000 | 010000000 | 020000000;

// Where a call that may be gated has its arguments, counted from 0.
struct GateArgs {
  uint8_t flags = 0;
  uint8_t mode = 0;
};
inline constexpr GateArgs kOpenGate{.flags = 1, .mode = 2};    // open(2)
inline constexpr GateArgs kOpenAtGate{.flags = 2, .mode = 3};  // openat(2)

}  // namespace usher

#endif  // USHER_INTERPOSE_WIRE_H_
