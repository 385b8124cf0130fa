#include "supervisor/broker/workers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <vector>

namespace usher {
namespace {

using std::chrono::milliseconds;

class WorkersTest : public ::testing::Test {
 protected:
  WorkersTest() { EXPECT_EQ(pipe(ends_), 0); }
  ~WorkersTest() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  // Reads from a pipe that nobody writes to, as a FIFO without a writer would block.
  BlockingCall Stuck() {
    return [this]() -> CallResult {
      ++started_;
      char byte;
      const ssize_t got = read(ends_[0], &byte, 1);
      const int error = errno;
      ++ended_;
      if (got < 0) return Failed{error};
      return Done{got, {}};
    };
  }
  void RunUntil(const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!reached() && std::chrono::steady_clock::now() < end) loop_.RunOnce(milliseconds(5));
    ASSERT_TRUE(reached());
  }

  int ends_[2];
  std::atomic<int> started_ = 0, ended_ = 0;
  EventLoop loop_;
};

TEST_F(WorkersTest, ResultsComeOnTheLoop) {
  Workers workers(loop_, 4);
  std::vector<int64_t> values;
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_NE(workers.Start(1, [i]() -> CallResult {
                    return Done{i, {}};
                  },
                  [&](CallResult result) { values.push_back(std::get<Done>(result).value); }),
              0u);
  }
  EXPECT_TRUE(values.empty());
  RunUntil([&] { return values.size() == 4; });
}

TEST_F(WorkersTest, ABlockedCallBlocksNobodyElse) {
  Workers workers(loop_, 4);
  bool quick = false;
  int64_t slow = -1;
  workers.Start(1, Stuck(), [&](CallResult result) { slow = std::get<Done>(result).value; });
  workers.Start(1, []() -> CallResult { return Done{}; }, [&](CallResult) { quick = true; });
  RunUntil([&] { return quick; });
  EXPECT_EQ(slow, -1);
  ASSERT_EQ(write(ends_[1], "x", 1), 1);
  RunUntil([&] { return slow == 1; });
}

TEST_F(WorkersTest, NoMoreThanTheLimit) {
  Workers workers(loop_, 2);
  int told = 0;
  const auto count = [&](CallResult) { ++told; };
  EXPECT_NE(workers.Start(1, Stuck(), count), 0u);
  EXPECT_NE(workers.Start(1, Stuck(), count), 0u);
  EXPECT_EQ(workers.Start(1, Stuck(), count), 0u);
  ASSERT_EQ(write(ends_[1], "xx", 2), 2);
  RunUntil([&] { return told == 2; });
  EXPECT_NE(workers.Start(1, []() -> CallResult { return Done{}; }, count), 0u) << "there is room again";
  RunUntil([&] { return told == 3; });
}

TEST_F(WorkersTest, WhereAllHaveOneTheLongestWaitEnds) {
  Workers workers(loop_, 2);
  std::vector<int> given_up;
  const auto note = [&](int owner) {
    return [&given_up, owner](const CallResult& result) {
      const auto* failed = std::get_if<Failed>(&result);
      if (failed != nullptr && failed->error == EAGAIN) given_up.push_back(owner);
    };
  };
  EXPECT_NE(workers.Start(1, Stuck(), note(1)), 0u);
  EXPECT_NE(workers.Start(2, Stuck(), note(2)), 0u);
  EXPECT_EQ(workers.Start(2, Stuck(), note(2)), 0u) << "who has one gets nobody else's only one";
  EXPECT_NE(workers.Start(3, Stuck(), note(3)), 0u);
  RunUntil([&] { return !given_up.empty(); });
  EXPECT_NE(workers.Start(4, Stuck(), note(4)), 0u);
  RunUntil([&] { return given_up.size() == 2; });
  EXPECT_EQ(given_up, (std::vector<int>{1, 2}));
}

TEST_F(WorkersTest, WhatIsCancelledIsInterruptedAndNotTold) {
  Workers workers(loop_, 1);
  bool told = false;
  const auto ticket = workers.Start(1, Stuck(), [&](CallResult) { told = true; });
  RunUntil([&] { return started_ == 1; });
  workers.Cancel(ticket);
  RunUntil([&] { return ended_ == 1; });
  bool next = false;
  Workers::Ticket room = 0;  // as soon as the loop has collected what was interrupted
  RunUntil([&] {
    if (room == 0) room = workers.Start(1, []() -> CallResult { return Done{}; }, [&](CallResult) { next = true; });
    return room != 0 && next;
  });
  EXPECT_FALSE(told);
  workers.Cancel(ticket);  // once more does no harm
  workers.Cancel(4711);
}

TEST_F(WorkersTest, CancelledBeforeItBlocks) {
  Workers workers(loop_, 8);
  for (int i = 0; i < 8; ++i) workers.Cancel(workers.Start(1, Stuck(), [](CallResult) { ADD_FAILURE(); }));
  RunUntil([&] { return ended_ == 8; });
}

TEST_F(WorkersTest, TheEndInterruptsEverybody) {
  {
    Workers workers(loop_, 4);
    for (int i = 0; i < 4; ++i) workers.Start(1, Stuck(), [](CallResult) { ADD_FAILURE() << "nobody is there"; });
    RunUntil([&] { return started_ == 4; });
  }
  EXPECT_EQ(ended_, 4);
  loop_.RunOnce(milliseconds(0));
}

// Whoever was cancelled is interrupted again after a while; not when there is nobody left to do it.
TEST_F(WorkersTest, NothingComesAfterTheEnd) {
  {
    Workers workers(loop_, 4);
    for (int i = 0; i < 4; ++i) workers.Cancel(workers.Start(1, Stuck(), [](CallResult) { ADD_FAILURE(); }));
  }
  EXPECT_EQ(ended_, 4);
  bool later = false;
  loop_.After(milliseconds(60), [&] { later = true; });
  RunUntil([&] { return later; });
}

// ---- many at once: what the thread sanitizer looks at ----

TEST_F(WorkersTest, ManyComeAndGo) {
  constexpr int kCalls = 200;
  Workers workers(loop_, 8);
  std::vector<Workers::Ticket> waiting;
  int begun = 0, told = 0, cancelled = 0;
  const auto cancel_waiting = [&] {
    for (const auto ticket : waiting) workers.Cancel(ticket);
    cancelled += static_cast<int>(waiting.size());
    waiting.clear();
  };
  while (begun < kCalls) {
    // Some are over at once, some wait for a byte, some for their end.
    const int kind = begun % 3;
    const auto ticket = workers.Start(1, kind == 0 ? BlockingCall([]() -> CallResult { return Done{}; }) : Stuck(),
                                      [&told](CallResult) { ++told; });
    if (ticket == 0) {
      cancel_waiting();
      ASSERT_EQ(write(ends_[1], "x", 1), 1);
      loop_.RunOnce(milliseconds(1));
      continue;
    }
    ++begun;
    if (kind == 2) waiting.push_back(ticket);
    if (waiting.size() == 3) cancel_waiting();
    loop_.RunOnce(milliseconds(0));
  }
  cancel_waiting();
  // Bytes may have gone to some that were cancelled a moment later: whoever still waits gets another one.
  RunUntil([&] { return write(ends_[1], "x", 1) == 1 && told >= begun - cancelled; });
  EXPECT_LE(told, begun);
  EXPECT_GT(cancelled, 20);
}

TEST_F(WorkersTest, TheEndComesWhileAllAreBusy) {
  for (int round = 0; round < 50; ++round) {
    Workers workers(loop_, 8);
    for (int i = 0; i < 8; ++i) {
      const bool quick = (round + i) % 2 == 0;
      const auto ticket =
          workers.Start(1, quick ? BlockingCall([]() -> CallResult { return Done{}; }) : Stuck(), [](CallResult) {});
      if (i % 4 == 1) workers.Cancel(ticket);
    }
    if (round % 3 == 0) loop_.RunOnce(milliseconds(1));
  }
  EXPECT_EQ(started_, ended_);
}

// A result may begin the next call, and cancel another, from the loop.
TEST_F(WorkersTest, ResultsMayStartAndCancel) {
  Workers workers(loop_, 4);
  const auto stuck = workers.Start(1, Stuck(), [](CallResult) { ADD_FAILURE(); });
  int left = 50;
  std::function<void(CallResult)> next = [&](CallResult) {
    if (--left == 25) workers.Cancel(stuck);
    if (left > 0) {
      EXPECT_NE(workers.Start(1, []() -> CallResult { return Done{}; }, next), 0u);
    }
  };
  next(Done{});
  RunUntil([&] { return left == 0 && ended_ == 1; });
}

// One that takes all there are does not keep another from having some, and gets no more of them back than it needs.
TEST_F(WorkersTest, WhoHasMostMakesRoom) {
  Workers workers(loop_, 3);
  int interrupted = 0;
  bool done = false;
  for (int i = 0; i < 3; ++i) {
    ASSERT_NE(workers.Start(1, Stuck(), [&](CallResult result) { interrupted += std::get<Failed>(result).error == EAGAIN; }), 0u);
  }
  EXPECT_EQ(workers.Start(1, Stuck(), [](CallResult) {}), 0u) << "there is nobody else to take one from";
  EXPECT_NE(workers.Start(2, []() -> CallResult { return Done{}; }, [&](CallResult) { done = true; }), 0u);
  RunUntil([&] { return done && interrupted == 1; });
  EXPECT_NE(workers.Start(2, Stuck(), [](CallResult) {}), 0u);
  EXPECT_EQ(workers.Start(2, Stuck(), [](CallResult) {}), 0u) << "two against one: that is fair";
}

}  // namespace
}  // namespace usher
