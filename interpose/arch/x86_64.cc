// The gate's stubs for x86-64. A system call uses up rcx, r11 and the flags, so these are free on both sides of it; the
// result comes in rax, and every argument is still there afterwards.

#include <cstring>

#include "interpose/gated_call.h"
#include "interpose/patch.h"

namespace usher {
namespace {

class Code {
 public:
  explicit Code(uint64_t at) : at_(at) {}

  void Put(std::initializer_list<uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes); }
  void Put(std::span<const uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  template <typename T>
  void PutValue(T value) {
    const auto* raw = reinterpret_cast<const uint8_t*>(&value);
    bytes_.insert(bytes_.end(), raw, raw + sizeof(value));
  }
  void JumpTo(uint64_t target) {
    Put({0xe9});
    PutValue(static_cast<int32_t>(target - (at_ + bytes_.size() + 4)));
  }
  // A short jump forward if not equal (or not zero); Land() says where to.
  size_t JumpIfNot() {
    Put({0x75, 0});
    return bytes_.size();
  }
  void Land(size_t jump) { bytes_[jump - 1] = static_cast<uint8_t>(bytes_.size() - jump); }

  std::vector<uint8_t> Take() { return std::move(bytes_); }

 private:
  uint64_t at_;
  std::vector<uint8_t> bytes_;
};

// The argument registers of system calls, in order: rdi, rsi, rdx, r10.
constexpr uint8_t kLowNumber[] = {7, 6, 2, 2};
constexpr bool kIsNew[] = {false, false, false, true};  // r8 to r15 need a bit in the REX prefix

void TestFlags(Code& code, uint8_t argument) {  // test $kNotGated, %edx
  code.Put({0xf7, static_cast<uint8_t>(0xc0 | kLowNumber[argument])});
  code.PutValue(kNotGated);
}

void UpperHalfToRcx(Code& code, uint8_t argument) {  // mov %r10, %rcx; shr $32, %rcx
  code.Put({static_cast<uint8_t>(kIsNew[argument] ? 0x4c : 0x48), 0x89,
            static_cast<uint8_t>(0xc1 | (kLowNumber[argument] << 3))});
  code.Put({0x48, 0xc1, 0xe9, 32});
}

void SetMark(Code& code, uint8_t argument) {  // movabs $mark, %rcx; or %rcx, %r10
  code.Put({0x48, 0xb9});
  code.PutValue(uint64_t{kGateMark} << 32);
  code.Put(
      {static_cast<uint8_t>(kIsNew[argument] ? 0x49 : 0x48), 0x09, static_cast<uint8_t>(0xc8 | kLowNumber[argument])});
}

void ClearUpperHalf(Code& code, uint8_t argument) {  // mov %r10d, %r10d
  if (kIsNew[argument]) code.Put({0x45});
  code.Put({0x89, static_cast<uint8_t>(0xc0 | kLowNumber[argument] | (kLowNumber[argument] << 3))});
}

}  // namespace

Stubs StubsOnX86(const Site& site, std::span<const uint8_t> front, std::span<const uint8_t> back, uint64_t at) {
  const GateArgs args = GateOf(Machine::kX86_64, site.number).value_or(kOpenAtGate);
  Code enter(at);
  enter.Put(front);
  TestFlags(enter, args.flags);
  const size_t writes = enter.JumpIfNot();
  UpperHalfToRcx(enter, args.mode);
  const size_t taken = enter.JumpIfNot();
  SetMark(enter, args.mode);
  enter.Land(writes);
  enter.Land(taken);
  enter.JumpTo(site.call);
  Stubs stubs;
  stubs.enter = enter.Take();

  Code leave(at + stubs.enter.size());
  UpperHalfToRcx(leave, args.mode);
  leave.Put({0x81, 0xf9});  // cmp $mark, %ecx
  leave.PutValue(kGateMark);
  const size_t unmarked = leave.JumpIfNot();
  ClearUpperHalf(leave, args.mode);
  leave.Put({0x48, 0x83, 0xf8, 0xf3});  // cmp $-EACCES, %rax
  const size_t answered = leave.JumpIfNot();
  leave.Put({0xb8});  // mov $number, %eax
  leave.PutValue(site.number);
  leave.JumpTo(site.call);
  leave.Land(unmarked);
  leave.Land(answered);
  leave.Put(back);
  leave.JumpTo(site.resume);
  stubs.leave = leave.Take();
  return stubs;
}

std::vector<uint8_t> JumpOnX86(uint64_t from, uint64_t to, uint64_t size) {
  Code code(from);
  code.JumpTo(to);
  while (size-- > 5) code.Put({0xcc});  // nobody gets here
  return code.Take();
}

}  // namespace usher
