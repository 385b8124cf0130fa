#include "supervisor/approval/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "supervisor/approval/terminal_modes.h"
#include "tests/supervisor/approval/fake_screen.h"

namespace usher {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Terminal, RelaysEveryByteBothWays) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  EXPECT_TRUE(screen.IsRaw());
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  ASSERT_TRUE(screen.Print(all));
  screen.RunUntil([&] { return screen.Seen().size() == 256; });
  EXPECT_EQ(screen.Seen(), all);
  screen.Type(all);
  screen.RunUntil([&] { return screen.Received().size() == all.size(); });
  EXPECT_EQ(screen.Received(), all);
}

TEST(Terminal, MuchOutputIsNeitherLostNorHoarded) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  std::string sent;
  size_t stuck = 0;
  // Nobody looks: the pty, our buffer and the tty fill up, and then the program has to wait.
  for (int i = 0; stuck < 100; ++i) {
    std::string block = std::to_string(i) + std::string(1000, '.');
    const ssize_t written = write(screen.program(), block.data(), block.size());
    if (written > 0) {
      sent += block.substr(0, static_cast<size_t>(written));
      stuck = 0;
    } else {
      ++stuck;
    }
    screen.loop.RunOnce(std::chrono::milliseconds(written > 0 ? 0 : 1));  // the kernel moves pty bytes in its own time
    ASSERT_LT(sent.size(), 1u << 20) << "it must stop reading what it cannot pass on";
  }
  EXPECT_TRUE(screen.terminal->output_pending());
  screen.RunUntil([&] { return screen.Seen().size() >= sent.size(); });
  EXPECT_EQ(screen.Seen(), sent);
}

TEST(Terminal, MuchPastingIsNeitherLostNorHoarded) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  const std::string block(200000, 'p');
  std::string_view left = block;
  std::string received;
  screen.RunUntil([&] {
    if (!left.empty()) {
      const std::string_view piece = left.substr(0, 1000);
      screen.Type(piece);
      left.remove_prefix(piece.size());
    }
    return screen.Received().size() == block.size();
  });
  EXPECT_EQ(screen.Received(), block);
}

TEST(Terminal, WhileHeldOutputWaitsAndKeysAreOurs) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  ASSERT_TRUE(screen.Print("before "));
  screen.RunUntil([&] { return screen.Shows("before "); });
  std::string keys;
  screen.terminal->Hold([&](std::string_view bytes) { keys += bytes; });
  EXPECT_TRUE(screen.terminal->held());
  ASSERT_TRUE(screen.Print("during "));
  screen.terminal->Write("question\n");
  screen.Type("o");
  screen.RunUntil([&] { return keys == "o"; });
  screen.RunUntil([&] { return screen.Shows("question\r\n"); });
  screen.Settle();
  EXPECT_THAT(screen.Seen(), Not(HasSubstr("during")));
  EXPECT_EQ(screen.Received(), "");
  screen.terminal->Release();
  EXPECT_FALSE(screen.terminal->held());
  screen.RunUntil([&] { return screen.Shows("during "); });
  screen.Type("x");
  screen.RunUntil([&] { return screen.Received() == "x"; });
  EXPECT_EQ(keys, "o");
}

TEST(Terminal, TypeAheadIsThrownAwayAtBothEnds) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  std::string keys;
  screen.Type("typed ahead");
  screen.terminal->Hold([&](std::string_view bytes) { keys += bytes; });
  screen.Settle();
  EXPECT_EQ(keys, "");
  screen.Type("k");
  screen.RunUntil([&] { return keys == "k"; });
  screen.Type("too late");
  screen.terminal->Release();
  screen.Settle();
  EXPECT_EQ(screen.Received(), "");
  EXPECT_EQ(keys, "k");
}

TEST(Terminal, AHoldFromInsideAKeyHandlerIsFine) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  std::string second;
  screen.terminal->Hold([&](std::string_view) {
    screen.terminal->Release();
    screen.terminal->Hold([&](std::string_view bytes) { second += bytes; });
  });
  screen.Type("a");
  screen.Settle();
  screen.Type("b");
  screen.RunUntil([&] { return second == "b"; });
}

TEST(Terminal, TheAlternateScreenIsLeftForTheQuestionAndTakenUpAgain) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  // In pieces, as chunk borders fall.
  for (const char* piece : {"\x1b", "[?10", "49", "h\x1b[?25l"}) {
    ASSERT_TRUE(screen.Print(piece));
    screen.Settle();
  }
  screen.RunUntil([&] { return screen.Shows("\x1b[?1049h"); });
  screen.Forget();
  screen.terminal->Hold([](std::string_view) {});
  screen.terminal->Write("question\n");
  screen.RunUntil([&] { return screen.Shows("question"); });
  EXPECT_LT(screen.Seen().find("\x1b[?1049l"), screen.Seen().find("question"));
  screen.terminal->Release();
  screen.RunUntil([&] { return screen.Shows("\x1b[?1049h"); });
  EXPECT_THAT(screen.Seen(), EndsWith("\x1b[?25l"));
}

TEST(Terminal, AProgramThatPaintsIsMadeToPaintAgain) {
  FakeScreen screen(true, 30, 90);
  ASSERT_TRUE(screen.terminal->Start().ok());
  EXPECT_EQ(screen.ProgramSize().ws_row, 30);
  EXPECT_EQ(screen.ProgramSize().ws_col, 90);
  screen.terminal->Hold([](std::string_view) {});
  screen.terminal->Release();
  EXPECT_EQ(screen.ProgramSize().ws_row, 29);
  screen.RunUntil([&] { return screen.ProgramSize().ws_row == 30; });
}

TEST(Terminal, ALineProgramIsLeftAlone) {
  FakeScreen screen(true, 30, 90);
  ASSERT_TRUE(screen.terminal->Start().ok());
  termios modes{};
  tcgetattr(screen.program(), &modes);
  modes.c_lflag |= ICANON;
  tcsetattr(screen.program(), TCSANOW, &modes);
  screen.terminal->Hold([](std::string_view) {});
  screen.terminal->Release();
  EXPECT_EQ(screen.ProgramSize().ws_row, 30);
}

TEST(Terminal, TheWindowsSizeIsPassedOn) {
  FakeScreen screen(true, 30, 90);
  int resized = 0;
  screen.terminal->set_on_resize([&] { ++resized; });
  ASSERT_TRUE(screen.terminal->Start().ok());
  screen.SetSize(11, 77);
  screen.terminal->Resize();
  EXPECT_EQ(screen.ProgramSize().ws_row, 11);
  EXPECT_EQ(screen.ProgramSize().ws_col, 77);
  EXPECT_EQ(screen.terminal->columns(), 77);
  EXPECT_EQ(screen.terminal->rows(), 11);
  EXPECT_EQ(resized, 2);
}

TEST(Terminal, DrainBringsTheLastWordsAndGivesTheTerminalBack) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  ASSERT_TRUE(screen.Print("\x1b[?1049h\x1b[?25l"));
  ASSERT_TRUE(screen.Print("last words"));
  screen.ProgramEnds();
  screen.terminal->Drain();
  EXPECT_THAT(screen.Seen(), HasSubstr("last words"));
  EXPECT_THAT(screen.Seen(), EndsWith("\x1b[?1049l\x1b[?25h"));
  EXPECT_TRUE(screen.IsCooked());
}

TEST(Terminal, AProgramThatClosesItsTerminalAndOpensItAgainIsHeardAgain) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  const std::string name = ttyname(screen.program());
  ASSERT_TRUE(screen.Print("one"));
  screen.ProgramEnds();
  screen.RunUntil([&] { return screen.Seen() == "one"; });
  screen.Settle();
  const UniqueFd again(open(name.c_str(), O_RDWR | O_NOCTTY));
  ASSERT_TRUE(again);
  ASSERT_EQ(write(again.get(), "two", 3), 3);
  screen.RunUntil([&] { return screen.Seen() == "onetwo"; });
}

TEST(Terminal, WithoutAPtyItIsTakenOverOnlyForQuestions) {
  FakeScreen screen(/*with_pty=*/false);
  EXPECT_TRUE(screen.IsCooked());
  std::string keys;
  screen.terminal->Hold([&](std::string_view bytes) { keys += bytes; });
  EXPECT_FALSE(screen.IsCooked());
  EXPECT_NE(screen.TtyModes().c_lflag & ISIG, 0u) << "Ctrl-C still stops everything";
  screen.terminal->Write("line\n");
  screen.RunUntil([&] { return screen.Shows("line\r\n"); });
  screen.Type("d");
  screen.RunUntil([&] { return keys == "d"; });
  screen.terminal->Release();
  EXPECT_TRUE(screen.IsCooked());
}

TEST(Terminal, EveryWayOutGivesTheModesBack) {
  FakeScreen screen;
  ASSERT_TRUE(screen.terminal->Start().ok());
  EXPECT_TRUE(screen.IsRaw());
  screen.terminal.reset();
  EXPECT_TRUE(screen.IsCooked());

  FakeScreen crashing;
  ASSERT_TRUE(crashing.terminal->Start().ok());
  EXPECT_TRUE(crashing.IsRaw());
  TerminalModes::RestoreNow();
  EXPECT_TRUE(crashing.IsCooked());

  FakeScreen exiting;
  const pid_t child = fork();
  if (child == 0) {
    if (!exiting.terminal->Start().ok()) _exit(1);
    exit(exiting.IsRaw() ? 0 : 2);  // no destructor runs: only what was registered for exit
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(exiting.IsCooked());
}

TEST(Terminal, ADescriptionThatIsSharedWithOthersIsGivenBackBlocking) {
  FakeScreen screen;
  EXPECT_NE(fcntl(screen.tty(), F_GETFL) & O_NONBLOCK, 0);
  screen.terminal.reset();
  EXPECT_EQ(fcntl(screen.tty(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(Terminal, AfterSuspensionTheModesAreSetAgain) {
  FakeScreen screen;
  const termios cooked = screen.TtyModes();
  ASSERT_TRUE(screen.terminal->Start().ok());
  screen.SetTtyModes(cooked);  // as the shell does while we are stopped
  EXPECT_TRUE(screen.IsCooked());
  screen.terminal->Continue();
  EXPECT_TRUE(screen.IsRaw());
}

TEST(Terminal, AClosedWindowIsNoticedAndTheProgramGoesOn) {
  FakeScreen screen;
  bool hung_up = false;
  screen.terminal->set_on_hangup([&] { hung_up = true; });
  ASSERT_TRUE(screen.terminal->Start().ok());
  EXPECT_TRUE(screen.terminal->alive());
  screen.CloseWindow();
  screen.RunUntil([&] { return hung_up; });
  EXPECT_FALSE(screen.terminal->alive());
  for (int i = 0; i < 200; ++i) {
    screen.RunUntil([&] { return screen.Print(std::string(1000, 'x')); });
  }
  screen.terminal->Write("to nobody");
  screen.terminal->Hold([](std::string_view) {});
  EXPECT_FALSE(screen.terminal->held());
}

TEST(Terminal, WhatIsNoTerminalIsRefused) {
  EventLoop loop;
  EXPECT_FALSE(Terminal::Create(loop, UniqueFd(open("/dev/null", O_RDWR)), UniqueFd()).ok());
}

}  // namespace
}  // namespace usher
