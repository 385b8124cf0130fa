#include "supervisor/intercept/left_over_fds.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

using std::chrono::milliseconds;

constexpr LeftOverFds::Clock::time_point kNow{};

UniqueFd Zero() { return UniqueFd(open("/dev/zero", O_RDONLY | O_CLOEXEC)); }

LeftOverFds::LeftOver Of(const UniqueFd& fd) { return {fd.get(), IdentityOf(fd.get()), kNow}; }

TEST(LeftOverFds, LieWhereTheyWereInstalled) {
  const UniqueFd fd = Zero();
  LeftOverFds left_overs;
  EXPECT_FALSE(left_overs.Find(getpid(), kNow));
  left_overs.Note(getpid(), Of(fd));
  EXPECT_EQ(left_overs.Find(getpid(), kNow)->number, fd.get());
  EXPECT_EQ(left_overs.Find(getpid(), kNow)->number, fd.get()) << "asked whether it is there, it still is";
  EXPECT_FALSE(left_overs.Find(getppid(), kNow));
  left_overs.Forget(getpid());
  EXPECT_FALSE(left_overs.Find(getpid(), kNow));
}

TEST(LeftOverFds, OneThatWasClosedOrReplacedIsNone) {
  UniqueFd fd = Zero();
  LeftOverFds left_overs;
  left_overs.Note(getpid(), Of(fd));
  const UniqueFd other(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd kept(dup(fd.get()));
  ASSERT_EQ(dup3(other.get(), fd.get(), O_CLOEXEC), fd.get());
  EXPECT_FALSE(left_overs.Find(getpid(), kNow)) << "somebody's own file lies there";
  ASSERT_EQ(dup3(kept.get(), fd.get(), O_CLOEXEC), fd.get());
  EXPECT_TRUE(left_overs.Find(getpid(), kNow));
  fd.reset();
  EXPECT_FALSE(left_overs.Find(getpid(), kNow));
}

TEST(LeftOverFds, ASecondLaterItIsTheThreadsOwn) {
  const UniqueFd fd = Zero();
  LeftOverFds left_overs;
  left_overs.Note(getpid(), Of(fd));
  EXPECT_TRUE(left_overs.Find(getpid(), kNow + milliseconds(999)));
  EXPECT_FALSE(left_overs.Find(getpid(), kNow + milliseconds(1001)));
}

TEST(LeftOverFds, TheLastOfAThreadCountsAndTheOldestThreadIsForgotten) {
  const UniqueFd first = Zero();
  const UniqueFd second = Zero();
  LeftOverFds left_overs;
  left_overs.Note(getpid(), Of(first));
  left_overs.Note(getpid(), Of(second));
  EXPECT_EQ(left_overs.Find(getpid(), kNow)->number, second.get());
  for (int32_t other = 1; other <= 64; ++other) left_overs.Note(-other, Of(first));
  EXPECT_FALSE(left_overs.Find(getpid(), kNow));
}

}  // namespace
}  // namespace usher
