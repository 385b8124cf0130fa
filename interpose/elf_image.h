// A shared library, as far as the gate has to know it: its machine code, the room behind that, and where functions
// begin and end. The bytes are not trusted: every offset is checked before it is followed (tests/fuzz/interpose).

#ifndef USHER_INTERPOSE_ELF_IMAGE_H_
#define USHER_INTERPOSE_ELF_IMAGE_H_

#include <cstdint>
#include <optional>
#include <span>

namespace usher {

enum class Machine : uint8_t { kX86_64, kAArch64 };

struct Range {
  uint64_t begin = 0, end = 0;
  bool Holds(uint64_t address) const { return begin <= address && address < end; }
  friend bool operator==(const Range&, const Range&) = default;
};

class ElfImage {
 public:
  // Nothing unless it is a little-endian 64-bit shared library for one of the two machines, with one executable segment
  // that is all file, and a table of its functions (.eh_frame_hdr). Borrows the bytes.
  static std::optional<ElfImage> Read(std::span<const uint8_t> file);

  Machine machine() const { return machine_; }
  // Addresses are the file's own, as if it were loaded at 0.
  Range code() const { return code_; }
  // Zeroes behind the code that nobody owns and that the loader maps together with it, whatever the page size.
  Range room() const { return room_; }
  // What stands at an address range of code or room. Empty if it is not wholly inside.
  std::span<const uint8_t> Bytes(Range range) const;
  uint64_t FileOffset(uint64_t code_address) const { return code_address - code_.begin + code_offset_; }

  // The function with this address in it, as the unwinder would be told: from the library's own table.
  std::optional<Range> FunctionAt(uint64_t address) const;

 private:
  explicit ElfImage(std::span<const uint8_t> file) : file_(file) {}
  bool ReadSegments();
  void MeasureRoom();
  template <typename T>
  std::optional<T> At(uint64_t offset) const;

  std::span<const uint8_t> file_;
  Machine machine_ = Machine::kX86_64;
  Range code_, room_;
  uint64_t code_offset_ = 0;
  // .eh_frame_hdr, and the read-only segment with it and .eh_frame: from addresses to offsets.
  Range table_;
  uint64_t table_offset_ = 0;
  Range frames_;
  uint64_t frames_offset_ = 0;
};

}  // namespace usher

#endif  // USHER_INTERPOSE_ELF_IMAGE_H_
