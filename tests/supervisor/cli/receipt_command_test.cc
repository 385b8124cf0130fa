#include "supervisor/cli/receipt_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/supervisor/cli/recorded_run.h"

namespace usher {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

class ReceiptCommandTest : public RecordedRuns {
 protected:
  Output Show(const ReceiptOptions& options) const {
    return OutputOf([&](FILE* out, FILE* err) { return ShowReceipt(options, out, err); });
  }
  Output Verify(const ReceiptOptions& options) const {
    return OutputOf([&](FILE* out, FILE* err) { return VerifyReceipt(options, out, err); });
  }
};

TEST_F(ReceiptCommandTest, ShowsTheLatestRun) {
  Record("s-2");
  Record("s-1");
  EXPECT_EQ(Show({.state = state_}).out, Read(PathsOfRun(state_, "s-1").receipt_markdown));
  EXPECT_EQ(Show({.state = state_, .run = "s-2"}).out, Read(PathsOfRun(state_, "s-2").receipt_markdown));
  EXPECT_EQ(Show({.state = state_, .json = true}).out, Read(PathsOfRun(state_, "s-1").receipt_json));
}

TEST_F(ReceiptCommandTest, TakesTheBeginningOfAnId) {
  Record("s-aa1");
  Record("s-ab1");
  Record("s-ab");
  EXPECT_THAT(Show({.state = state_, .run = "s-aa"}).out, HasSubstr("s-aa1"));
  EXPECT_THAT(Show({.state = state_, .run = "s-ab"}).out, HasSubstr("`s-ab`"));  // in full wins
  const Output unclear = Show({.state = state_, .run = "s-a"});
  EXPECT_EQ(unclear.code, 1);
  EXPECT_THAT(unclear.err, HasSubstr("write more of it"));
}

TEST_F(ReceiptCommandTest, SaysWhatThereIsInstead) {
  Output output = Show({.state = state_});
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.err, HasSubstr("usher run -- COMMAND"));

  Record("s-1");
  output = Show({.state = state_, .run = "s-9"});
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.err, HasSubstr("the latest is s-1"));

  output = Show({.state = state_, .run = "../s-1"});
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.err, HasSubstr("not the id of a run"));

  Begin("s-2");
  output = Show({.state = state_, .run = "s-2"});
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.err, HasSubstr("usher log s-2"));
}

TEST_F(ReceiptCommandTest, VerifiesALogThatIsWhole) {
  Record("s-1");
  const Output output = Verify({.state = state_});
  EXPECT_EQ(output.code, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("good: s-1, 3 lines, 0 lost, head "));
  const std::string head = VerifyLogChain(PathsOfRun(state_, "s-1").events)->head;
  EXPECT_EQ(Verify({.state = state_, .expected_head = head}).code, 0);

  const Output machine = Verify({.state = state_, .json = true});
  EXPECT_EQ(machine.code, 0);
  EXPECT_EQ(Json::parse(machine.out)["agrees"], true);
  EXPECT_EQ(Json::parse(machine.out)["head"], head);
}

TEST_F(ReceiptCommandTest, FindsEveryDifference) {
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  struct Case {
    const char* what;
    std::function<void(const RunPaths&)> harm;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"a line changed", [&](const RunPaths& p) { Write(p.events, replaced(Read(p.events), "hide", "hid3")); },
       "does not follow"},
      {"the last line changed",
       [&](const RunPaths& p) { Write(p.events, replaced(Read(p.events), "\"exit\":0", "\"exit\":1")); },
       "last line of the log"},
      {"the last line gone",
       [&](const RunPaths& p) {
         const std::string log = Read(p.events);
         Write(p.events, log.substr(0, log.rfind('\n', log.size() - 2) + 1));
       },
       "speaks of 3 lines, the log has 2"},
      {"half a line gone",
       [&](const RunPaths& p) { std::filesystem::resize_file(p.events, Read(p.events).size() - 5); }, "cut off"},
      {"the receipt's head changed",
       [&](const RunPaths& p) {
         const std::string head = VerifyLogChain(p.events)->head;
         Write(p.receipt_json,
               replaced(Read(p.receipt_json), "\"head\": \"" + head, "\"head\": \"" + std::string(64, '0')));
       },
       "last line of the log"},
      {"the receipt of another run",
       [&](const RunPaths& p) { Write(p.receipt_json, replaced(Read(p.receipt_json), "\"s-1\"", "\"s-2\"")); },
       "another run"},
      {"no receipt at all", [&](const RunPaths& p) { Write(p.receipt_json, "{}"); }, "not a receipt"},
      {"not JSON", [&](const RunPaths& p) { Write(p.receipt_json, "[{\x1b"); }, "not a receipt"},
  };
  for (const Case& c : cases) {
    std::filesystem::remove_all(state_ + "/runs");
    Record("s-1");
    ASSERT_EQ(Verify({.state = state_}).code, 0) << c.what;
    c.harm(PathsOfRun(state_, "s-1"));
    const Output output = Verify({.state = state_});
    EXPECT_EQ(output.code, 1) << c.what;
    EXPECT_THAT(output.err, HasSubstr(c.reason)) << c.what;
    EXPECT_EQ(output.out, "") << c.what;
    const Output machine = Verify({.state = state_, .json = true});
    EXPECT_EQ(machine.code, 1) << c.what;
    EXPECT_EQ(Json::parse(machine.out)["agrees"], false) << c.what;
  }
}

TEST_F(ReceiptCommandTest, ComparesWithAHeadFromElsewhere) {
  Record("s-1");
  const Output output = Verify({.state = state_, .expected_head = std::string(64, 'f')});
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.err, HasSubstr("not ffff"));
}

TEST_F(ReceiptCommandTest, NothingToCompareIsNeitherGoodNorBad) {
  EXPECT_EQ(Verify({.state = state_}).code, 2);
  Begin("s-1");
  EXPECT_EQ(Verify({.state = state_}).code, 2);
}

}  // namespace
}  // namespace usher
