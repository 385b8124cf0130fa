#include "supervisor/approval/screen_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace usher {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct TrackerCase {
  std::string output;
  bool alternate;
};

const TrackerCase kCases[] = {
    {"", false},
    {"plain text\r\n", false},
    {"\x1b[?1049h", true},
    {"\x1b[?47h", true},
    {"\x1b[?1047h", true},
    {"x\x1b[?1049hy\x1b[?1049lz", false},
    {"\x1b[?1049h\x1b[?47l", false},
    {"\x1b[?25;1049;2004h", true},
    {"\x1b[?1049h\x1b"
     "c",
     false},
    {"\x1b[1049h", false},  // not private: another thing
    {"\x1b[?1049x", false},
    {"\x1b[?1049\x18h", false},    // broken off
    {"\x1b]0;\x1b[?1049h", true},  // ESC ends the title
    {"\x1b]0;[?1049h\a", false},   // in the title
    {"\x1bP[?1049h\x1b\\", false},
    {"\x1b[?10\x1b[?1049h", true},  // a new sequence began
};

TEST(ScreenTracker, KnowsTheAlternateScreen) {
  for (const TrackerCase& test : kCases) {
    ScreenTracker tracker;
    tracker.Feed(test.output);
    EXPECT_EQ(tracker.alternate_screen(), test.alternate) << test.output;
  }
}

TEST(ScreenTracker, WhereverTheOutputIsCut) {
  for (const TrackerCase& test : kCases) {
    for (size_t cut = 0; cut <= test.output.size(); ++cut) {
      ScreenTracker tracker;
      tracker.Feed(test.output.substr(0, cut));
      tracker.Feed(test.output.substr(cut));
      EXPECT_EQ(tracker.alternate_screen(), test.alternate) << test.output << " cut at " << cut;
    }
  }
}

ScreenTracker After(std::string_view output) {
  ScreenTracker tracker;
  tracker.Feed(output);
  return tracker;
}

TEST(ScreenTracker, LeavesTheProgramsScreenAndComesBack) {
  const ScreenTracker tracker = After("\x1b[?1049h\x1b[?1002h\x1b[?25l\x1b[?7l\x1b[4h\x1b[?2004h");
  EXPECT_THAT(tracker.ToPlain(), HasSubstr("\x1b[?1049l"));
  EXPECT_THAT(tracker.ToPlain(), HasSubstr("\x1b[?1002l"));
  EXPECT_THAT(tracker.ToPlain(), HasSubstr("\x1b[?25h"));
  EXPECT_THAT(tracker.ToPlain(), Not(HasSubstr("2004"))) << "helps to tell pasting from typing";
  EXPECT_THAT(tracker.ToProgram(), HasSubstr("\x1b[?1049h"));
  EXPECT_THAT(tracker.ToProgram(), HasSubstr("\x1b[?1002h"));
  EXPECT_THAT(tracker.ToProgram(), HasSubstr("\x1b[?25l"));
  EXPECT_THAT(tracker.ToProgram(), HasSubstr("\x1b[?7l"));
  EXPECT_THAT(tracker.ToProgram(), HasSubstr("\x1b[4h"));
}

TEST(ScreenTracker, AQuietProgramGetsNothingBack) {
  EXPECT_EQ(After("hello\x1b[31mred\x1b[0m\n").ToProgram(), "");
  EXPECT_EQ(After("hello\n").Reset(), "");
  EXPECT_THAT(After("hello").ToPlain(), HasSubstr("\x1b[0m"));
}

TEST(ScreenTracker, AnUnfinishedSequenceDoesNotSwallowTheQuestionAndIsGoneOnWith) {
  for (const std::string open : {"\x1b", "\x1b[38;5", "\x1b]0;title", "\x1bPq", "\x1b_x\x1b"}) {
    const ScreenTracker tracker = After("text" + open);
    EXPECT_THAT(tracker.ToPlain(), StartsWith("\x18\x1b\\")) << open;
    EXPECT_THAT(tracker.ToProgram(), EndsWith(open)) << open;
  }
  EXPECT_THAT(After("text").ToPlain(), StartsWith("\x1b\\"));
}

TEST(ScreenTracker, ColoursThatWereRedefinedAreReset) {
  const char* const sets[] = {"\x1b]11;#000000\a", "\x1b]10;rgb:0/0/0\x1b\\", "\x1b]4;0;#fff\a", "\x1b]4;0;?;1;#fff\a",
                              "\x1b]11;#fff\x1b[0m"};
  for (const char* output : sets) EXPECT_THAT(After(output).ToPlain(), HasSubstr("\x1b]111")) << output;
  const char* const asks[] = {"\x1b]11;?\a", "\x1b]10;?\x1b\\", "\x1b]4;0;?;1;?\a", "\x1b]0;#fff\a",
                              "\x1b]52;c;AAAA\a"};
  for (const char* output : asks) EXPECT_THAT(After(output).ToPlain(), Not(HasSubstr("\x1b]111"))) << output;
  EXPECT_THAT(After("\x1b]4;" + std::string(500, '0') + ";#fff\a").ToPlain(), HasSubstr("\x1b]111"));
}

TEST(ScreenTracker, WhatCouldHideOrForgeAQuestionIsUndone) {
  EXPECT_THAT(After("\x1b%@").ToPlain(), HasSubstr("\x1b%G"));
  EXPECT_THAT(After("\x1b]6;0;1\a").ToPlain(), HasSubstr("\x1b]106"));
  EXPECT_THAT(After("\x1b]5;0;#000\a").ToPlain(), HasSubstr("\x1b]105"));
  EXPECT_THAT(After("\x1b_Ga=T,f=100;AAAA\x1b\\").ToPlain(), HasSubstr("\x1b_Ga=d,d=a\x1b\\"));
  EXPECT_THAT(After("text").ToPlain(), Not(HasSubstr("\x1b_G")));
  const ScreenTracker columns = After("\x1b[?69h\x1b[1;40s");
  EXPECT_THAT(columns.ToPlain(), HasSubstr("\x1b[?69l"));
  EXPECT_THAT(columns.ToProgram(), HasSubstr("\x1b[?69h"));
}

TEST(ScreenTracker, MarginsAndKeyReportsAreLiftedAndPutBack) {
  const ScreenTracker tracker = After("\x1b[2;10r\x1b[>1u");
  EXPECT_THAT(tracker.ToPlain(), HasSubstr("\x1b[r"));
  EXPECT_THAT(tracker.ToPlain(), HasSubstr("\x1b[>0u"));
  EXPECT_THAT(tracker.ToProgram(), HasSubstr("\x1b[2;10r"));
  EXPECT_THAT(tracker.ToProgram(), HasSubstr("\x1b[<u"));
  EXPECT_THAT(After("\x1b[2;10r\x1b[r").ToProgram(), Not(HasSubstr("r")));
}

TEST(ScreenTracker, AProgramThatDiedLeavesNothingBehind) {
  const std::string reset = After("\x1b[?1049h\x1b[?1000h\x1b[?2004h\x1b[?25l\x1b]0;x").Reset();
  for (const char* part : {"\x18", "\x1b[?1049l", "\x1b[?1000l", "\x1b[?2004l", "\x1b[?25h"})
    EXPECT_THAT(reset, HasSubstr(part));
}

}  // namespace
}  // namespace usher
