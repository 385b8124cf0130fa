// Functions before and after: golden/*.txt. Above the line "after" stands a function, its bytes in hexadecimal and what
// they mean; below it what the gate makes of it, or "untouched". What the bytes mean is the disassembler's word on both
// sides. USHER_WRITE_GOLDEN=1 writes the lower halves anew, to be read before they are believed.

#include <capstone/capstone.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "interpose/patch.h"
#include "interpose/scan.h"
#include "tests/interpose/library_maker.h"

namespace usher {
namespace {

struct Case {
  std::string opening;  // comments
  Bytes code;
  std::string before, after;
};

bool IsByte(const std::string& word) { return word.size() == 2 && std::isxdigit(word[0]) && std::isxdigit(word[1]); }

Case ReadCase(const std::filesystem::path& path) {
  Case result;
  std::ifstream file(path);
  bool after = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) {
      result.opening += line + "\n";
    } else if (line == "after") {
      after = true;
    } else if (after) {
      result.after += line + "\n";
    } else {
      result.before += line + "\n";
      std::istringstream words(line.substr(std::min(line.size(), line.find(' '))));  // the address does not count
      for (std::string word; words >> word && IsByte(word);) {
        result.code.push_back(static_cast<uint8_t>(std::stoul(word, nullptr, 16)));
      }
    }
  }
  return result;
}

std::string Listing(Machine machine, std::span<const uint8_t> code, uint64_t address) {
  csh handle = 0;
  const bool x86 = machine == Machine::kX86_64;
  if (cs_open(x86 ? CS_ARCH_X86 : CS_ARCH_ARM64, x86 ? CS_MODE_64 : CS_MODE_LITTLE_ENDIAN, &handle) != CS_ERR_OK)
    return "?";
  cs_option(handle, CS_OPT_SKIPDATA, CS_OPT_ON);  // what is no instruction is shown as bytes
  cs_insn* all = nullptr;
  const size_t count = cs_disasm(handle, code.data(), code.size(), address, 0, &all);
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    char line[256];
    std::snprintf(line, sizeof(line), "%04" PRIx64 " ", all[i].address);
    text += line;
    std::string bytes;
    for (size_t b = 0; b < all[i].size; ++b) {
      std::snprintf(line, sizeof(line), " %02x", all[i].bytes[b]);
      bytes += line;
    }
    std::snprintf(line, sizeof(line), "%-32s %s %s", bytes.c_str(), all[i].mnemonic, all[i].op_str);
    text += line;
    while (text.back() == ' ') text.pop_back();
    text += '\n';
  }
  if (count > 0) cs_free(all, count);
  cs_close(&handle);
  return text;
}

// The function and the stubs, as they are after all edits.
std::string Patched(Machine machine, const Bytes& code) {
  Bytes library = MakeLibrary(machine, {code});
  const auto image = ElfImage::Read(library);
  if (!image) return "no library\n";
  const std::vector<Edit> edits = PlanPatch(*image, FindSites(*image));
  if (edits.empty()) return "untouched\n";
  uint64_t end = image->code().end;
  for (const Edit& edit : edits) {
    std::copy(edit.bytes.begin(), edit.bytes.end(), library.begin() + static_cast<std::ptrdiff_t>(edit.address));
    end = std::max(end, edit.address + edit.bytes.size());
  }
  const std::span<const uint8_t> bytes(library);
  std::string text = Listing(machine, bytes.subspan(kCodeAt, code.size()), kCodeAt);
  for (const Edit& edit : edits) {
    if (edit.address < image->room().begin) continue;
    text += "stub\n" + Listing(machine, bytes.subspan(edit.address, edit.bytes.size()), edit.address);
  }
  return text;
}

class GoldenTest : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenTest, BecomesWhatItShould) {
  const Machine machine = GetParam().filename().string().starts_with("x86_64") ? Machine::kX86_64 : Machine::kAArch64;
  const Case golden = ReadCase(GetParam());
  ASSERT_FALSE(golden.code.empty());
  const std::string before = Listing(machine, golden.code, kCodeAt), after = Patched(machine, golden.code);
  if (std::getenv("USHER_WRITE_GOLDEN") != nullptr)
    std::ofstream(GetParam()) << golden.opening << before << "after\n" << after;
  else
    EXPECT_EQ(golden.before, before) << "the bytes mean something else";
  EXPECT_EQ(golden.after, after);
}

std::vector<std::filesystem::path> AllCases() {
  std::vector<std::filesystem::path> cases;
  for (const auto& entry : std::filesystem::directory_iterator(USHER_SOURCE "/tests/interpose/golden"))
    cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenTest, ::testing::ValuesIn(AllCases()),
                         [](const auto& one) { return one.param.stem().string(); });

}  // namespace
}  // namespace usher
