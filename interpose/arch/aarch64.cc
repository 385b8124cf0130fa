// The gate's stubs for AArch64. A system call gives every register back but x0, and not even the flags are free. What
// is known is x8: the number of the call. Its upper half, which the kernel does not look at, keeps what the first
// argument was, and a bit that says that the mark is set; the mark itself is put in and taken out by the same exclusive
// or.

#include <cstring>

#include "interpose/gated_call.h"
#include "interpose/patch.h"

namespace usher {
namespace {

// x8 while a marked call is under way:   63 … 33 first argument | 32 marked | 31 … 0 number
constexpr uint32_t kSaveFirst = 0xb35f7808;     // bfi x8, x0, #33, #31
constexpr uint32_t kSetMarked = 0xb2600108;     // orr x8, x8, #0x100000000
constexpr uint32_t kRestoreFirst = 0x9361fd00;  // sbfx x0, x8, #33, #31
constexpr uint32_t kFlipMark = 0xd2585863;      // eor x3, x3, #0x7fffff0000000000
constexpr uint32_t kAddEacces = 0x91003400;     // add x0, x0, #13
constexpr uint32_t kSubEacces = 0xd1003400;     // sub x0, x0, #13
constexpr uint32_t kMarkedBit = 32;
constexpr uint32_t kFlags = 2;  // x2

static_assert(kGateMark == 0x7fffff00, "kFlipMark holds it");

class Code {
 public:
  explicit Code(uint64_t at) : at_(at) {}

  void Put(uint32_t word) {
    const auto* raw = reinterpret_cast<const uint8_t*>(&word);
    bytes_.insert(bytes_.end(), raw, raw + sizeof(word));
  }
  void Put(std::span<const uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void JumpTo(uint64_t target) { Put(0x14000000 | (((target - here()) >> 2) & 0x03ffffff)); }
  // tbz/tbnz register, #bit, and cbz x0: to be landed.
  size_t IfBit(bool set, uint32_t reg, uint32_t bit) {
    Put((set ? 0x37000000u : 0x36000000u) | ((bit & 0x20) << 26) | ((bit & 0x1f) << 19) | reg);
    return bytes_.size();
  }
  size_t IfZero() {
    Put(0xb4000000u);
    return bytes_.size();
  }
  void Land(size_t jump) {
    uint32_t word;
    std::memcpy(&word, &bytes_[jump - 4], sizeof(word));
    const auto distance = static_cast<uint32_t>((bytes_.size() - (jump - 4)) >> 2);
    word |= distance << 5;
    std::memcpy(&bytes_[jump - 4], &word, sizeof(word));
  }
  std::vector<uint8_t> Take() { return std::move(bytes_); }

 private:
  void Put(uint64_t word) { Put(static_cast<uint32_t>(word)); }
  uint64_t here() const { return at_ + bytes_.size(); }

  uint64_t at_;
  std::vector<uint8_t> bytes_;
};

uint32_t MoveNumber(uint32_t number) { return 0xd2800008 | (number << 5); }  // mov x8, #number

}  // namespace

Stubs StubsOnAArch64(const Site& site, std::span<const uint8_t> front, std::span<const uint8_t> back, uint64_t at) {
  Code enter(at);
  enter.Put(front);
  std::vector<size_t> plain;
  for (uint32_t bit = 0; bit < 32; ++bit) {
    if ((kNotGated >> bit & 1) != 0) plain.push_back(enter.IfBit(true, kFlags, bit));
  }
  enter.Put(kSaveFirst);
  enter.Put(kSetMarked);
  enter.Put(kFlipMark);
  for (const size_t jump : plain) enter.Land(jump);
  enter.JumpTo(site.call);
  Stubs stubs;
  stubs.enter = enter.Take();

  Code leave(at + stubs.enter.size());
  const size_t unmarked = leave.IfBit(false, 8, kMarkedBit);
  leave.Put(kFlipMark);
  leave.Put(kAddEacces);
  const size_t refused = leave.IfZero();
  leave.Put(kSubEacces);
  leave.Put(MoveNumber(site.number));
  leave.Land(unmarked);
  leave.Put(back);
  leave.JumpTo(site.resume);
  leave.Land(refused);
  leave.Put(kRestoreFirst);
  leave.Put(MoveNumber(site.number));
  leave.JumpTo(site.call);
  stubs.leave = leave.Take();
  return stubs;
}

std::vector<uint8_t> JumpOnAArch64(uint64_t from, uint64_t to, uint64_t) {
  Code code(from);
  code.JumpTo(to);
  return code.Take();
}

}  // namespace usher
