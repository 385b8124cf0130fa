#include "interpose/elf_image.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace usher {
namespace {

constexpr uint64_t kSmallestPage = 4096;
constexpr uint64_t kLargest = 64 << 20;  // no C library is near this; nothing below overflows

// .eh_frame_hdr as every linker writes it: 4-byte values, the table's relative to itself (LSB, section 10.6.2).
constexpr uint8_t kVersion = 1, kCountEncoding = 0x03, kTableEncoding = 0x3b;
constexpr uint64_t kTableHead = 12, kTableEntry = 8;

uint64_t RoundUp(uint64_t value) { return (value + kSmallestPage - 1) & ~(kSmallestPage - 1); }

bool IsSane(const Elf64_Phdr& segment, uint64_t file_size) {
  return segment.p_vaddr <= kLargest && segment.p_memsz <= kLargest && segment.p_offset <= file_size &&
         segment.p_filesz <= file_size - segment.p_offset && segment.p_filesz <= segment.p_memsz;
}

}  // namespace

template <typename T>
std::optional<T> ElfImage::At(uint64_t offset) const {
  if (offset > file_.size() || file_.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, file_.data() + offset, sizeof(T));
  return value;
}

std::optional<ElfImage> ElfImage::Read(std::span<const uint8_t> file) {
  ElfImage image(file);
  if (file.size() > kLargest || !image.ReadSegments()) return std::nullopt;
  image.MeasureRoom();
  return image;
}

bool ElfImage::ReadSegments() {
  const auto head = At<Elf64_Ehdr>(0);
  if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64 ||
      head->e_ident[EI_DATA] != ELFDATA2LSB || head->e_type != ET_DYN || head->e_phentsize != sizeof(Elf64_Phdr)) {
    return false;
  }
  if (head->e_machine != EM_X86_64 && head->e_machine != EM_AARCH64) return false;
  machine_ = head->e_machine == EM_X86_64 ? Machine::kX86_64 : Machine::kAArch64;

  bool code = false, table = false;
  for (uint64_t i = 0; i < head->e_phnum; ++i) {
    const auto segment = At<Elf64_Phdr>(head->e_phoff + i * sizeof(Elf64_Phdr));
    if (head->e_phoff > file_.size() || !segment || !IsSane(*segment, file_.size())) return false;
    if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0) {
      if (code || (segment->p_flags & PF_W) != 0 || segment->p_filesz != segment->p_memsz) return false;
      code = true;
      code_ = {segment->p_vaddr, segment->p_vaddr + segment->p_filesz};
      code_offset_ = segment->p_offset;
    }
    if (segment->p_type == PT_GNU_EH_FRAME) {
      table = true;
      table_ = {segment->p_vaddr, segment->p_vaddr + segment->p_filesz};
      table_offset_ = segment->p_offset;
    }
  }
  for (uint64_t i = 0; i < head->e_phnum; ++i) {
    const auto segment = At<Elf64_Phdr>(head->e_phoff + i * sizeof(Elf64_Phdr));
    if (segment->p_type != PT_LOAD ||
        !Range{segment->p_vaddr, segment->p_vaddr + segment->p_filesz}.Holds(table_.begin))
      continue;
    frames_ = {segment->p_vaddr, segment->p_vaddr + segment->p_filesz};
    frames_offset_ = segment->p_offset;
  }
  return code && table && frames_.end != 0;
}

// The loader maps whole pages of the file, so what stands behind the last byte of the code is mapped and executable
// too.
void ElfImage::MeasureRoom() {
  room_ = {code_.end, RoundUp(code_.end)};
  const auto head = At<Elf64_Ehdr>(0);
  const uint64_t from = FileOffset(code_.end);
  for (uint64_t i = 0; i < head->e_phnum; ++i) {
    const auto segment = At<Elf64_Phdr>(head->e_phoff + i * sizeof(Elf64_Phdr));
    // Another segment's bytes in the file, or its place in memory.
    if (segment->p_filesz > 0 && segment->p_offset >= from)
      room_.end = std::min(room_.end, code_.end + (segment->p_offset - from));
    if (segment->p_type == PT_LOAD && segment->p_vaddr >= code_.end) room_.end = std::min(room_.end, segment->p_vaddr);
  }
  if (file_.size() < from) room_.end = code_.end;
  room_.end = std::min(room_.end, code_.end + (file_.size() - std::min<uint64_t>(from, file_.size())));
  uint64_t zeroes = 0;
  while (code_.end + zeroes < room_.end && file_[from + zeroes] == 0) ++zeroes;
  room_.end = code_.end + zeroes;
}

std::span<const uint8_t> ElfImage::Bytes(Range range) const {
  if (range.begin < code_.begin || range.end < range.begin || range.end > room_.end) return {};
  return file_.subspan(FileOffset(range.begin), range.end - range.begin);
}

std::optional<Range> ElfImage::FunctionAt(uint64_t address) const {
  const auto head = At<uint32_t>(table_offset_);
  const auto count = At<uint32_t>(table_offset_ + 8);
  if (!head || !count || (*head & 0xff) != kVersion || ((*head >> 16) & 0xff) != kCountEncoding ||
      (*head >> 24) != kTableEncoding) {
    return std::nullopt;
  }
  if (table_.end - table_.begin < kTableHead || *count > (table_.end - table_.begin - kTableHead) / kTableEntry)
    return std::nullopt;
  const auto entry = [&](uint64_t index, uint64_t half) {
    const auto relative = At<int32_t>(table_offset_ + kTableHead + index * kTableEntry + half);
    return relative ? table_.begin + static_cast<uint64_t>(int64_t{*relative}) : 0;
  };
  uint64_t low = 0, high = *count;  // the last entry that does not begin behind the address
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (entry(middle, 0) <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return std::nullopt;
  const uint64_t begin = entry(low - 1, 0), frame = entry(low - 1, 4);
  if (!frames_.Holds(frame)) return std::nullopt;
  // The entry's length, its CIE, where the function begins (relative to this word), how long it is. An encoding other
  // than the usual one shows in a beginning that is not the table's.
  const uint64_t offset = frame - frames_.begin + frames_offset_;
  const auto relative = At<int32_t>(offset + 8);
  const auto size = At<uint32_t>(offset + 12);
  if (!relative || !size || frame + 8 + static_cast<uint64_t>(int64_t{*relative}) != begin) return std::nullopt;
  const Range function{begin, begin + *size};
  if (!function.Holds(address) || function.begin < code_.begin || function.end > code_.end) return std::nullopt;
  return function;
}

}  // namespace usher
