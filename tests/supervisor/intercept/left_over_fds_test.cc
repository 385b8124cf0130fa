#include "supervisor/intercept/left_over_fds.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

UniqueFd Zero(int flags = O_RDONLY) { return UniqueFd(open("/dev/zero", flags | O_CLOEXEC)); }

SyscallEvent Open(int32_t tid = getpid(), uint64_t ip = 0x1000) {
  static uint64_t id = 0;
  return {++id, tid, 2, {0x2000}, ip};
}

class LeftOverFdsTest : public ::testing::Test {
 protected:
  LeftOverFdsTest() { left_overs_.Note(Open(), fd_.get(), file_); }

  UniqueFd fd_ = Zero();
  const OpenedFile file_ = OpenedBy(fd_.get(), true);
  LeftOverFds left_overs_;
};

TEST_F(LeftOverFdsTest, TheSameCallFindsWhatItWasGiven) {
  left_overs_.OnCall(Open());
  EXPECT_EQ(left_overs_.Find(Open(), file_), fd_.get());
  EXPECT_EQ(left_overs_.Find(Open(), file_), fd_.get()) << "until it has heard of it";
  left_overs_.Forget(getpid());
  EXPECT_TRUE(left_overs_.empty());
  EXPECT_EQ(left_overs_.Find(Open(), file_), std::nullopt) << "it is the caller's own by now";
}

TEST_F(LeftOverFdsTest, WhoCallsFromElsewhereHasGivenUp) {
  left_overs_.OnCall(Open(getpid(), 0x1004));
  EXPECT_EQ(left_overs_.Find(Open(), file_), std::nullopt);
}

TEST_F(LeftOverFdsTest, AnotherThreadFindsNothingAndForgetsNothing) {
  EXPECT_EQ(left_overs_.Find(Open(getppid()), file_), std::nullopt);
  left_overs_.OnCall(Open(getppid(), 0x1004));
  EXPECT_EQ(left_overs_.Find(Open(), file_), fd_.get());
}

TEST_F(LeftOverFdsTest, AnotherFileByTheSameNameIsNotThatOne) {
  const UniqueFd other(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(left_overs_.Find(Open(), OpenedBy(other.get(), true)), std::nullopt);
}

TEST_F(LeftOverFdsTest, NorIsOneThatIsOpenForMoreOrStaysOpen) {
  const UniqueFd written = Zero(O_RDWR);
  EXPECT_EQ(left_overs_.Find(Open(), OpenedBy(written.get(), true)), std::nullopt);
  left_overs_.Note(Open(), fd_.get(), file_);
  EXPECT_EQ(left_overs_.Find(Open(), OpenedBy(fd_.get(), false)), std::nullopt);
}

TEST_F(LeftOverFdsTest, WhoKnowsThatItIsTheSameCallAsksForTheFileAlone) {
  const UniqueFd name = Zero(O_PATH);
  EXPECT_EQ(left_overs_.Find(Open(), OpenedBy(name.get(), false), LeftOverFds::Same::kFile), fd_.get());
}

TEST_F(LeftOverFdsTest, OneThatWasClosedIsNotThere) {
  fd_.reset();
  EXPECT_EQ(left_overs_.Find(Open(), file_), std::nullopt);
}

TEST_F(LeftOverFdsTest, OneThatWasReplacedIsNotThere) {
  const UniqueFd other(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(dup3(other.get(), fd_.get(), O_CLOEXEC), fd_.get());
  EXPECT_EQ(left_overs_.Find(Open(), file_), std::nullopt);
}

TEST_F(LeftOverFdsTest, OfAThreadTheLastCountsAndTheOldestThreadIsForgotten) {
  const UniqueFd second = Zero();
  left_overs_.Note(Open(), second.get(), file_);
  EXPECT_EQ(left_overs_.Find(Open(), file_), second.get());
  left_overs_.Note(Open(), second.get(), file_);
  for (int32_t other = 1; other <= 64; ++other) left_overs_.Note(Open(-other), fd_.get(), file_);
  EXPECT_EQ(left_overs_.Find(Open(), file_), std::nullopt);
}

}  // namespace
}  // namespace usher
