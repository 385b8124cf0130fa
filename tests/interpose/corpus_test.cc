#include <gtest/gtest.h>

#include "tests/fuzz/interpose/library_demands.h"
#include "tests/interpose/library_maker.h"
#include "tests/support/corpus.h"

namespace usher {
namespace {

TEST(InterposeCorpusTest, Library) { EXPECT_GT(ReplayCorpus(USHER_CORPUS "/library", &CheckLibrary), 0); }

// Every byte of a small library once at its extremes: what a fuzzer does first.
TEST(InterposeCorpusTest, EveryByteOfALibrary) {
  const Bytes opens = {0xb8, 0x01, 0x01, 0x00, 0x00, 0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0xc3};
  const Bytes good = MakeLibrary(Machine::kX86_64, {opens});
  for (size_t i = 0; i < kCodeAt + opens.size(); ++i) {
    if (good[i] == 0 && i > 0x200 && (i < kTableAt || i > kTableAt + 0x20) && (i < kFramesAt || i > kFramesAt + 0x10) &&
        i < kCodeAt)
      continue;
    for (const uint8_t value : Bytes{0x00, 0x01, 0x7f, 0x80, 0xff}) {
      Bytes changed = good;
      changed[i] = value;
      CheckLibrary({reinterpret_cast<const char*>(changed.data()), changed.size()});
    }
  }
}

}  // namespace
}  // namespace usher
