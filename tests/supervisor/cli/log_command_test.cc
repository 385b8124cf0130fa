#include "supervisor/cli/log_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/fuzz/cli/log_line_demands.h"
#include "tests/supervisor/cli/recorded_run.h"

namespace usher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LogCommandTest : public RecordedRuns {
 protected:
  Output Show(const LogOptions& options) const {
    return OutputOf([&](FILE* out, FILE* err) { return ShowLog(options, out, err); });
  }
};

TEST_F(LogCommandTest, WritesALineForEachLine) {
  Record("s-1");
  const Output output = Show({.state = state_});
  EXPECT_EQ(output.code, 0) << output.err;
  EXPECT_EQ(std::count(output.out.begin(), output.out.end(), '\n'), 3);
  EXPECT_THAT(output.out, HasSubstr("22:13:20.000  run.start  id=s-1  argv=[\"agent\"]  workspace=/w\n"));
  EXPECT_THAT(output.out,
              HasSubstr("22:13:21.234  hide         file.read    /home/me/.ssh/id\\u{A}  by py\\u{1B}thon3 (42)"
                        "  ENOENT  [hide \"~/.ssh\"]\n"));
  EXPECT_THAT(output.out, HasSubstr("22:13:21.234  run.end  exit=0\n"));
}

TEST_F(LogCommandTest, GivesProgramsTheLinesAsTheyAre) {
  Record("s-1");
  EXPECT_EQ(Show({.state = state_, .run = "s-1", .json = true}).out, Read(PathsOfRun(state_, "s-1").events));
}

TEST_F(LogCommandTest, FollowsARunToItsEnd) {
  AuditLog log = Begin("s-1");
  std::thread agent([&] {
    for (int i = 0; i < 50; ++i) {
      Refuse(log, "/x");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(log.AppendEvent("run.end", R"("exit":0)", When()).ok());
  });
  const Output output = Show({.state = state_, .follow = true});
  agent.join();
  EXPECT_EQ(output.code, 0);
  EXPECT_EQ(std::count(output.out.begin(), output.out.end(), '\n'), 52);
  EXPECT_THAT(output.out, HasSubstr("run.end"));
}

TEST_F(LogCommandTest, SaysWhyThereIsNothing) {
  const Output output = Show({.state = state_});
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.err, HasSubstr("usher run"));
}

TEST(LogLineTest, ForAPerson) {
  struct Case {
    const char* line;
    const char* text;
  };
  for (
      const Case& c : std::vector<Case>{
          {R"({"t":"2023-11-14T22:13:21.234Z","type":"call","kind":"net.connect","object":"h.example:443",)"
           R"("verdict":"ask","rule":"network.ask","done":false,"answer":"timeout","errno":"ECONNREFUSED","pid":7,)"
           R"("exe":"/usr/bin/node"})",
           "22:13:21.234  ask:timeout  net.connect  h.example:443  by node (7)  ECONNREFUSED  [network.ask]"},
          {R"({"t":"2023-11-14T22:13:21.234Z","type":"call","kind":"file.write","object":"/tmp/�","object_b64":"L3RtcC//",)"
           R"("verdict":"allow","rule":"r"})",
           "22:13:21.234  allow        file.write   /tmp/\\xFF  [r]"},
          {R"({"t":"x","type":"call","dropped":3,"verdict":1,"kind":["a"],"object":null})",
           "x                              (3 lines before this one could not be written)"},
          {"", "? "},
          {"[1]", "? [1]"},
          {"{\"t\":", "? {\"t\":"},
          {"\x1b[2J\xFF", "? \\u{1B}[2J\\xFF"},
      }) {
    EXPECT_EQ(LogLineForPerson(c.line), c.text) << c.line;
  }
}

TEST(LogLineTest, NothingInItReachesTheTerminal) {
  const std::string text = LogLineForPerson(
      "{\"t\":\"\x7f\\u001b[2J\",\"type\":\"a\\u202e\",\"k\\u001b\":\"\\u009b\",\"list\":[\"\\u001b\\u202e\"]}");
  for (const char* bad : {"\x1b", "\x7f", "\u202e", "\u009b"}) EXPECT_THAT(text, Not(HasSubstr(bad)));
}

TEST(LogLineTest, ReplaysTheCorpus) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(USHER_CORPUS "/log_line")) {
    std::ifstream file(entry.path(), std::ios::binary);
    CheckLogLine(std::string(std::istreambuf_iterator<char>(file), {}));
    ++files;
  }
  EXPECT_GT(files, 3);
}

}  // namespace
}  // namespace usher
