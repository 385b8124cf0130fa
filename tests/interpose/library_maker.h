// A shared library with the given functions and nothing else: enough for the scanner, and small enough to change byte
// by byte.
//
//   0      headers, .eh_frame_hdr, .eh_frame     (one readable segment)
//   0x1000 code, then zeroes to the end of the page  (one executable segment)

#ifndef USHER_TESTS_INTERPOSE_LIBRARY_MAKER_H_
#define USHER_TESTS_INTERPOSE_LIBRARY_MAKER_H_

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "interpose/elf_image.h"

namespace usher {

using Bytes = std::vector<uint8_t>;

inline constexpr uint64_t kCodeAt = 0x1000, kTableAt = 0x400, kFramesAt = 0x800, kPage = 0x1000;

template <typename T>
void Place(Bytes& bytes, uint64_t at, const T& value) {
  if (bytes.size() < at + sizeof(T)) bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

inline Bytes MakeLibrary(Machine machine, const std::vector<Bytes>& functions) {
  Bytes file(kCodeAt);
  Bytes code;
  std::vector<Range> ranges;
  for (const Bytes& function : functions) {
    while (code.size() % 16 != 0) code.push_back(0);
    ranges.push_back({kCodeAt + code.size(), kCodeAt + code.size() + function.size()});
    code.insert(code.end(), function.begin(), function.end());
  }
  // Version, encodings, how many; then where each function begins and its frame is, both relative to the table.
  Place(file, kTableAt, uint32_t{0x3b031b01});
  Place(file, kTableAt + 8, static_cast<uint32_t>(ranges.size()));
  for (size_t i = 0; i < ranges.size(); ++i) {
    const uint64_t frame = kFramesAt + i * 16;
    Place(file, kTableAt + 12 + i * 8, static_cast<int32_t>(ranges[i].begin - kTableAt));
    Place(file, kTableAt + 16 + i * 8, static_cast<int32_t>(frame - kTableAt));
    Place(file, frame, uint32_t{12});
    Place(file, frame + 8, static_cast<int32_t>(ranges[i].begin - (frame + 8)));
    Place(file, frame + 12, static_cast<uint32_t>(ranges[i].end - ranges[i].begin));
  }
  Elf64_Ehdr head{};
  std::memcpy(head.e_ident, ELFMAG, SELFMAG);
  head.e_ident[EI_CLASS] = ELFCLASS64;
  head.e_ident[EI_DATA] = ELFDATA2LSB;
  head.e_type = ET_DYN;
  head.e_machine = machine == Machine::kX86_64 ? EM_X86_64 : EM_AARCH64;
  head.e_phoff = sizeof(head);
  head.e_phentsize = sizeof(Elf64_Phdr);
  head.e_phnum = 3;
  Place(file, 0, head);
  const Elf64_Phdr segments[] = {
      {PT_LOAD, PF_R, 0, 0, 0, kCodeAt, kCodeAt, kPage},
      {PT_LOAD, PF_R | PF_X, kCodeAt, kCodeAt, kCodeAt, code.size(), code.size(), kPage},
      {PT_GNU_EH_FRAME, PF_R, kTableAt, kTableAt, kTableAt, 12 + ranges.size() * 8, 12 + ranges.size() * 8, 4}};
  for (size_t i = 0; i < 3; ++i) Place(file, sizeof(head) + i * sizeof(Elf64_Phdr), segments[i]);
  file.insert(file.end(), code.begin(), code.end());
  file.resize((file.size() + kPage - 1) / kPage * kPage);
  return file;
}

}  // namespace usher

#endif  // USHER_TESTS_INTERPOSE_LIBRARY_MAKER_H_
