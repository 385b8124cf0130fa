#include "supervisor/lost_answers.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "supervisor/kernel/errno_status.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

const Row* RowOf(std::string_view name) {
  const auto table = Table();
  return &*std::find_if(table.begin(), table.end(), [name](const Row& row) { return row.name == name; });
}

Call Named(std::string_view row, const char* name, uint32_t open_flags = 0) {
  Call call;
  call.row = RowOf(row);
  call.tid = 7;
  call.names = {{.text = name}};
  call.open_flags = open_flags;
  return call;
}

TEST(LostAnswersTest, WhatCannotBeDoneTwiceIsKept) {
  const struct {
    const char* row;
    uint32_t open_flags;
    bool kept;
  } cases[] = {{"mkdirat", 0, true},
               {"unlinkat", 0, true},
               {"renameat2", 0, true},
               {"openat", O_CREAT | O_EXCL, true},
               {"openat", O_CREAT | O_TRUNC | O_WRONLY, false},
               {"openat", O_RDONLY, false},
               {"fchmodat", 0, false}};
  for (const auto& c : cases) EXPECT_EQ(HasToBeKept(Named(c.row, "x", c.open_flags)), c.kept) << c.row;
  EXPECT_FALSE(HasToBeKept(Call{})) << "it never came to be understood";
}

TEST(LostAnswersTest, OnlyTheSameCallIsMadeAgain) {
  const Call call = Named("mkdirat", "x");
  EXPECT_TRUE(IsMadeAgain(call, call));
  EXPECT_FALSE(IsMadeAgain(call, Named("mkdirat", "y")));
  EXPECT_FALSE(IsMadeAgain(call, Named("unlinkat", "x")));
  Call other = call;
  other.names[0].dirfd = 3;
  EXPECT_FALSE(IsMadeAgain(call, other));
  other = call;
  other.mode = 0700;
  EXPECT_FALSE(IsMadeAgain(call, other));
  other = call;
  other.args[5] = 1;
  EXPECT_TRUE(IsMadeAgain(call, other)) << "what is not looked at may be anything";
  EXPECT_TRUE(IsSameInRegisters(call, other));
  other.args[1] = 1;
  EXPECT_FALSE(IsSameInRegisters(call, other)) << "another address for the same name";
}

TEST(LostAnswersTest, ARefusalIsNotKept) {
  EXPECT_FALSE(DuplicateOf(ReplyError{EACCES}));
  EXPECT_FALSE(DuplicateOf(ReplyFd{UniqueFd(), true, true}));
  const Reply opened = ReplyFd{UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)), true, false};
  const auto copy = DuplicateOf(opened);
  ASSERT_TRUE(copy);
  EXPECT_NE(std::get<ReplyFd>(*copy).fd.get(), std::get<ReplyFd>(opened).fd.get());
  EXPECT_TRUE(std::get<ReplyFd>(*copy).close_on_exec);
  EXPECT_EQ(fcntl(std::get<ReplyFd>(*copy).fd.get(), F_GETFL) & O_PATH, O_PATH) << "nobody is kept from running it";
}

TEST(LostAnswersTest, AFileIsOpenedOnceMore) {
  const TemporaryDirectory temporary;
  const std::string file = temporary / "made";
  const Call call = Named("openat", file.c_str(), O_RDWR | O_CREAT | O_EXCL);
  Reply opened = ReplyFd{UniqueFd(open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)), true, true};
  auto copy = DuplicateOf(opened);
  ASSERT_TRUE(copy);
  const auto reply = ReplyFrom(*std::move(copy), call);
  ASSERT_TRUE(reply);
  EXPECT_EQ(write(std::get<ReplyFd>(*reply).fd.get(), "x", 1), 1);
  const auto value = ReplyFrom(ReplyValue{7}, Named("mkdirat", "x"));
  ASSERT_TRUE(value);
  EXPECT_EQ(std::get<ReplyValue>(*value).value, 7);
}

TEST(LostAnswersTest, WhereANameStartsIsKnown) {
  Call here = Named("mkdirat", "x");
  here.tid = getpid();
  const Starts before = StartsOf(here);
  EXPECT_EQ(before.size(), 1u);
  EXPECT_EQ(before, StartsOf(here));
  UniqueFd there(open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  here.names[0].dirfd = there.get();
  EXPECT_NE(before, StartsOf(here));
  here.names[0].text = "/x";
  EXPECT_TRUE(StartsOf(here).empty()) << "it starts nowhere else, whoever calls";
}

TEST(LostAnswersTest, AnInterruptionIsRememberedForAWhile) {
  LostAnswers answers;
  const LostAnswers::Clock::time_point then{};
  EXPECT_FALSE(answers.WasInterruptedLately(7, then));
  answers.NoteInterruption(7, then);
  EXPECT_TRUE(answers.WasInterruptedLately(7, then + std::chrono::milliseconds(900)));
  EXPECT_FALSE(answers.WasInterruptedLately(8, then));
  EXPECT_FALSE(answers.WasInterruptedLately(7, then + std::chrono::seconds(2)));
  for (int i = 0; i < 64; ++i) answers.NoteInterruption(100 + i, then);
  EXPECT_FALSE(answers.WasInterruptedLately(7, then)) << "the oldest of too many is forgotten";
}

TEST(LostAnswersTest, AThreadHearsItsOwnOnce) {
  LostAnswers answers;
  answers.Keep({Named("mkdirat", "x"), ReplyValue{0}}, {});
  const LostAnswers::Clock::time_point now{};
  EXPECT_FALSE(answers.Take(8, now));
  const auto taken = answers.Take(7, now);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->call.names[0].text, "x");
  EXPECT_FALSE(answers.Take(7, now));
  for (int i = 0; i < 65; ++i) {
    Call call = Named("mkdirat", "x");
    call.tid = 100 + i;
    answers.Keep({call, ReplyValue{i}}, now);
  }
  EXPECT_FALSE(answers.Take(100, now)) << "the oldest of too many is forgotten";
  EXPECT_TRUE(answers.Take(101, now));
  answers.Keep({.call = Named("mkdirat", "x"), .reply = ReplyValue{0}, .until = now + LostAnswers::kLately}, now);
  EXPECT_FALSE(answers.Take(7, now + 2 * LostAnswers::kLately)) << "who was not sure asks no more";
}

}  // namespace
}  // namespace usher
