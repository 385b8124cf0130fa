#include "supervisor/audit/refusal_flood.h"

#include <gtest/gtest.h>

#include <string>

namespace usher {
namespace {

using std::chrono::seconds;

TEST(RefusalFloodTest, EqualOnesAreCountedAfterTheFirstFew) {
  RefusalFlood flood;
  const RefusalFlood::Clock::time_point now{};
  uint32_t written = 0;
  for (int i = 0; i < 100; ++i) written += flood.Admit(now, "open /home/me/note.txt") ? 1 : 0;
  EXPECT_EQ(written, RefusalFlood::kEqual);
  EXPECT_TRUE(flood.Admit(now, "open /home/me/other.txt")) << "something else is news";
  EXPECT_EQ(flood.TakeUnsaid(), 100 - RefusalFlood::kEqual);
  EXPECT_EQ(flood.TakeUnsaid(), 0u);
}

TEST(RefusalFloodTest, DifferentOnesToo) {
  RefusalFlood flood;
  RefusalFlood::Clock::time_point now{};
  double written = 0;
  for (int i = 0; i < 10'000; ++i) written += flood.Admit(now, std::to_string(i)) ? 1 : 0;
  EXPECT_EQ(written, RefusalFlood::kAtOnce);
  now += seconds(10);
  for (int i = 0; i < 10'000; ++i) written += flood.Admit(now, std::to_string(-1 - i)) ? 1 : 0;
  EXPECT_EQ(written, RefusalFlood::kAtOnce + 10 * RefusalFlood::kPerSecond);
}

}  // namespace
}  // namespace usher
