#include "interpose/elf_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interpose/patch.h"
#include "interpose/scan.h"
#include "tests/interpose/library_maker.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// mov $257, %eax; syscall; cmp $-4096, %rax; ret
const Bytes kOpens = {0xb8, 0x01, 0x01, 0x00, 0x00, 0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0xc3};
const Bytes kReturns = {0xc3};

std::vector<Site> SitesOf(const Bytes& library) {
  const auto image = ElfImage::Read(library);
  return image ? FindSites(*image) : std::vector<Site>{};
}

TEST(ElfImageTest, ReadsALibrary) {
  const Bytes library = MakeLibrary(Machine::kX86_64, {kReturns, kOpens});
  const auto image = ElfImage::Read(library);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->code().begin, kCodeAt);
  EXPECT_EQ(image->code().end, kCodeAt + 16 + kOpens.size());
  EXPECT_EQ(image->room().begin, image->code().end);
  EXPECT_EQ(image->room().end, kCodeAt + kPage);
  ASSERT_TRUE(image->FunctionAt(kCodeAt + 20));
  EXPECT_EQ(image->FunctionAt(kCodeAt + 20)->begin, kCodeAt + 16);
  EXPECT_EQ(image->FunctionAt(kCodeAt + 20)->end, kCodeAt + 16 + kOpens.size());
  EXPECT_FALSE(image->FunctionAt(kCodeAt + 1)) << "between functions";
  EXPECT_FALSE(image->FunctionAt(kCodeAt + 16 + kOpens.size())) << "behind the last";
  EXPECT_FALSE(image->FunctionAt(0)) << "before the first";
  EXPECT_THAT(image->Bytes({kCodeAt, kCodeAt + 1}), ElementsAre(0xc3));
  EXPECT_THAT(image->Bytes({kCodeAt - 1, kCodeAt + 1}), IsEmpty());
  EXPECT_THAT(image->Bytes({kCodeAt, kCodeAt + kPage + 1}), IsEmpty());
  EXPECT_THAT(SitesOf(library), SizeIs(1));
}

TEST(ElfImageTest, WhatIsNoLibraryOfTheTwoMachinesIsNone) {
  const Bytes good = MakeLibrary(Machine::kX86_64, {kOpens});
  const auto with = [&](uint64_t at, auto value) {
    Bytes changed = good;
    Place(changed, at, value);
    return ElfImage::Read(changed).has_value();
  };
  EXPECT_TRUE(with(offsetof(Elf64_Ehdr, e_machine), uint16_t{EM_AARCH64}));
  EXPECT_FALSE(with(offsetof(Elf64_Ehdr, e_machine), uint16_t{EM_386}));
  EXPECT_FALSE(with(EI_CLASS, uint8_t{ELFCLASS32}));
  EXPECT_FALSE(with(EI_DATA, uint8_t{ELFDATA2MSB}));
  EXPECT_FALSE(with(offsetof(Elf64_Ehdr, e_type), uint16_t{ET_EXEC}));
  EXPECT_FALSE(with(offsetof(Elf64_Ehdr, e_phentsize), uint16_t{32}));
  EXPECT_FALSE(with(offsetof(Elf64_Ehdr, e_phoff), ~uint64_t{0}));
  EXPECT_FALSE(with(offsetof(Elf64_Ehdr, e_phnum), uint16_t{0xffff}));
  const uint64_t code = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  EXPECT_FALSE(with(code + offsetof(Elf64_Phdr, p_flags), uint32_t{PF_R | PF_W | PF_X}));
  EXPECT_FALSE(with(code + offsetof(Elf64_Phdr, p_flags), uint32_t{PF_R})) << "no code";
  EXPECT_FALSE(with(code + offsetof(Elf64_Phdr, p_offset), ~uint64_t{0}));
  EXPECT_FALSE(with(code + offsetof(Elf64_Phdr, p_filesz), uint64_t{0x10000}));
  EXPECT_FALSE(with(code + offsetof(Elf64_Phdr, p_memsz), uint64_t{0x2000})) << "code that is not all file";
  EXPECT_FALSE(with(code + offsetof(Elf64_Phdr, p_vaddr), ~uint64_t{0xfff}));
  EXPECT_FALSE(with(code + sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_type), uint32_t{PT_NOTE}))
      << "no table of functions";
  EXPECT_FALSE(ElfImage::Read({}));
  EXPECT_FALSE(ElfImage::Read(std::span(good).first(100)));
}

TEST(ElfImageTest, OnlyZeroesThatNobodyOwnsAreRoom) {
  Bytes library = MakeLibrary(Machine::kX86_64, {kOpens});
  library[kCodeAt + 100] = 1;
  EXPECT_EQ(ElfImage::Read(library)->room().end, kCodeAt + 100);
  library[kCodeAt + 100] = 0;
  // A segment whose bytes begin in the same page of the file.
  const Elf64_Phdr data{PT_LOAD, PF_R, kCodeAt + 64, kCodeAt + kPage + 64, 0, 16, 16, kPage};
  Place(library, sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr), data);
  Place(library, offsetof(Elf64_Ehdr, e_phnum), uint16_t{4});
  EXPECT_EQ(ElfImage::Read(library)->room().end, kCodeAt + 64);
  library.resize(kCodeAt + 80);
  EXPECT_EQ(ElfImage::Read(library)->room().end, kCodeAt + 64);
}

TEST(ElfImageTest, AFileThatEndsWithItsCodeHasNoRoom) {
  Bytes library = MakeLibrary(Machine::kX86_64, {kOpens});
  library.resize(kCodeAt + kOpens.size());
  const auto image = ElfImage::Read(library);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->room().end, image->room().begin);
  EXPECT_THAT(PlanPatch(*image, FindSites(*image)), IsEmpty());
}

TEST(ElfImageTest, ATableOfAnotherKindNamesNoFunction) {
  const Bytes good = MakeLibrary(Machine::kX86_64, {kOpens});
  for (const uint32_t head : {0x3b031b02u, 0x3b041b01u, 0x1b031b01u}) {
    Bytes changed = good;
    Place(changed, kTableAt, head);
    EXPECT_THAT(SitesOf(changed), IsEmpty()) << std::hex << head;
  }
  Bytes changed = good;
  Place(changed, kTableAt + 8, uint32_t{0x10000000});
  EXPECT_THAT(SitesOf(changed), IsEmpty()) << "more functions than there is room for";
  changed = good;
  Place(changed, kFramesAt + 8, int32_t{0});
  EXPECT_THAT(SitesOf(changed), IsEmpty()) << "frame and table do not agree";
  changed = good;
  Place(changed, kFramesAt + 12, uint32_t{0xffffffff});
  EXPECT_THAT(SitesOf(changed), IsEmpty()) << "a function longer than the code";
}

TEST(FindSitesTest, WhatOthersJumpIntoIsLeftAlone) {
  const auto caller = [](uint8_t opcode, int32_t distance) {
    Bytes code = {opcode, 0, 0, 0, 0, 0xc3};
    std::memcpy(&code[1], &distance, sizeof(distance));
    return code;
  };
  const int32_t to_function = 16 - 5;  // the caller stands at 0, the function at 16
  EXPECT_THAT(SitesOf(MakeLibrary(Machine::kX86_64, {caller(0xe8, to_function), kOpens})), SizeIs(1))
      << "its beginning";
  EXPECT_THAT(SitesOf(MakeLibrary(Machine::kX86_64, {caller(0xe8, to_function + 1), kOpens})), IsEmpty());
  EXPECT_THAT(SitesOf(MakeLibrary(Machine::kX86_64, {caller(0xe9, to_function + 5), kOpens})), IsEmpty()) << "the call";
  EXPECT_THAT(SitesOf(MakeLibrary(Machine::kX86_64, {caller(0xe9, to_function + 13), kOpens})), SizeIs(1)) << "behind";
}

TEST(PlanPatchTest, RoomForOneIsUsedForOne) {
  Bytes library = MakeLibrary(Machine::kX86_64, {kOpens, kOpens, kOpens});
  EXPECT_THAT(SitesOf(library), SizeIs(3));
  const auto all = ElfImage::Read(library);
  EXPECT_THAT(PlanPatch(*all, FindSites(*all)), SizeIs(12));
  library[all->code().end + 130] = 1;
  const auto image = ElfImage::Read(library);
  const std::vector<Edit> edits = PlanPatch(*image, FindSites(*image));
  EXPECT_THAT(edits, SizeIs(4));
  for (const Edit& edit : edits) EXPECT_LE(edit.address + edit.bytes.size(), image->room().end);
}

// The C library of the machine that builds this: whatever it is, nothing is broken in it. (Of Debian 12's, all six are
// found.)
TEST(PlanPatchTest, EveryEditOfARealLibraryStaysInItsPlace) {
  const std::string path = "/lib/x86_64-linux-gnu/libc.so.6";
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) GTEST_SKIP() << path << " is not here";
  Bytes library(16 << 20);
  library.resize(std::fread(library.data(), 1, library.size(), file));
  std::fclose(file);
  const auto image = ElfImage::Read(library);
  ASSERT_TRUE(image);
  const std::vector<Site> sites = FindSites(*image);
  EXPECT_FALSE(sites.empty());
  for (const Edit& edit : PlanPatch(*image, sites)) {
    const Range range{edit.address, edit.address + edit.bytes.size()};
    const bool in_room = image->room().begin <= range.begin && range.end <= image->room().end;
    const bool at_site = std::any_of(sites.begin(), sites.end(), [&](const Site& site) {
      return (range.begin == site.front && range.end == site.call) ||
             (range.begin == site.back && range.end == site.resume);
    });
    EXPECT_TRUE(in_room != at_site) << std::hex << edit.address;
  }
}

}  // namespace
}  // namespace usher
