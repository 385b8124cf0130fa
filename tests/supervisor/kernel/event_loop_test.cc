#include "supervisor/kernel/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace usher {
namespace {

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  void Fill() const { EXPECT_EQ(::write(write.get(), "x", 1), 1); }

  UniqueFd read, write;
};

TEST(EventLoopTest, WhatIsReadyIsHandled) {
  EventLoop loop;
  const Pipe ready, idle;
  ready.Fill();
  int handled = 0;
  ASSERT_TRUE(loop.Watch(ready.read.get(), EPOLLIN, [&](uint32_t) { ++handled; }).ok());
  ASSERT_TRUE(loop.Watch(idle.read.get(), EPOLLIN, [&](uint32_t) { ADD_FAILURE() << "it is not ready"; }).ok());
  EXPECT_TRUE(loop.RunOnce(std::chrono::milliseconds(0)));
  EXPECT_EQ(handled, 1);
}

// Two are ready at once. Whichever is handled first closes the other and watches a new one, which has its number.
TEST(EventLoopTest, AnEventIsNotTakenForOneOfTheNextWithThatNumber) {
  EventLoop loop;
  Pipe pipes[2], later;
  for (Pipe& pipe : pipes) pipe.Fill();
  for (int i : {0, 1}) {
    const auto handler = [&, i](uint32_t) {
      Pipe& other = pipes[1 - i];
      const int number = other.read.get();
      loop.Unwatch(number);
      other.read.reset();
      ASSERT_EQ(dup3(later.read.get(), number, O_CLOEXEC), number);
      other.read.reset(number);
      ASSERT_TRUE(loop.Watch(number, EPOLLIN, [](uint32_t) { ADD_FAILURE() << "nothing is to be read there"; }).ok());
      loop.Unwatch(pipes[i].read.get());
    };
    ASSERT_TRUE(loop.Watch(pipes[i].read.get(), EPOLLIN, handler).ok());
  }
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(loop.RunOnce(std::chrono::milliseconds(0)));
}

}  // namespace
}  // namespace usher
