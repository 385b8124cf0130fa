#include "supervisor/kernel/pending_signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace usher {
namespace {

constexpr uint64_t Bit(int signal) { return uint64_t{1} << (signal - 1); }

struct Signals {
  uint64_t thread = 0, process = 0, blocked = 0, ignored = 0, caught = 0;
  int threads = 1;
};

std::string StatusOf(const Signals& signals) {
  char text[512];
  std::snprintf(text, sizeof(text),
                "Name:\tSigPnd: x\nUmask:\t0022\nState:\tS (sleeping)\nThreads:\t%d\nSigQ:\t0/9\nSigPnd:\t%016lx\n"
                "ShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\nCapInh:\t0000000000000000\n",
                signals.threads, signals.thread, signals.process, signals.blocked, signals.ignored, signals.caught);
  return text;
}

TEST(PendingSignalsTest, ByStatus) {
  const struct {
    const char* what;
    Signals signals;
    bool held, asked;
  } cases[] = {
      {"nothing", {}, false, false},
      {"a handler only", {.caught = Bit(SIGINT) | Bit(SIGALRM)}, false, false},
      {"Ctrl-C with a handler", {.process = Bit(SIGINT), .caught = Bit(SIGINT)}, true, true},
      {"Ctrl-C to this thread", {.thread = Bit(SIGINT), .caught = Bit(SIGINT)}, true, true},
      {"TERM", {.process = Bit(SIGTERM), .caught = Bit(SIGTERM)}, true, true},
      {"HUP", {.process = Bit(SIGHUP), .caught = Bit(SIGHUP)}, true, true},
      {"a timer takes no question away", {.process = Bit(SIGALRM), .caught = Bit(SIGALRM)}, true, false},
      {"the last signal there is", {.thread = Bit(64), .caught = Bit(64)}, true, false},
      {"blocked", {.process = Bit(SIGINT), .blocked = Bit(SIGINT), .caught = Bit(SIGINT)}, false, false},
      {"ignored", {.process = Bit(SIGINT), .ignored = Bit(SIGINT)}, false, false},
      {"another is blocked", {.process = Bit(SIGINT), .blocked = Bit(SIGTERM), .caught = Bit(SIGINT)}, true, true},
      {"Ctrl-\\ ends with a core dump", {.process = Bit(SIGQUIT)}, true, true},
      {"abort", {.process = Bit(SIGABRT)}, true, false},
      {"a stop", {.process = Bit(SIGSTOP)}, true, false},
      {"a child that ended", {.process = Bit(SIGCHLD)}, false, false},
      {"a child that ended, with a handler", {.process = Bit(SIGCHLD), .caught = Bit(SIGCHLD)}, true, false},
      {"a window that changed", {.process = Bit(SIGWINCH)}, false, false},
      {"one of many threads", {.process = Bit(SIGINT), .caught = Bit(SIGINT), .threads = 2}, false, false},
      {"this one of many", {.thread = Bit(SIGINT), .caught = Bit(SIGINT), .threads = 2}, true, true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(WantsInterruption(std::string_view(StatusOf(c.signals)), false), c.held) << c.what;
    EXPECT_EQ(WantsInterruption(std::string_view(StatusOf(c.signals)), true), c.asked) << c.what;
  }
}

TEST(PendingSignalsTest, TextThatIsNone) {
  for (const char* text : {"", "\n", "SigPnd:", "SigPnd:\tzz\nSigCgt:\tzz\n", "ShdPnd:\t2\nThreads:\t1"}) {
    const bool whole = std::string_view(text).find("ShdPnd:\t2") == 0;  // no set of blocked ones: none is
    EXPECT_EQ(WantsInterruption(std::string_view(text), false), whole) << text;
  }
}

TEST(PendingSignalsTest, OfARealThread) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  const pid_t child = fork();
  if (child == 0) {
    sigprocmask(SIG_BLOCK, &set, nullptr);
    raise(SIGINT);
    for (;;) pause();
  }
  EXPECT_FALSE(WantsInterruption(child, false));  // blocked, or not yet there
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(WantsInterruption(child, false)) << "gone";
}

}  // namespace
}  // namespace usher
