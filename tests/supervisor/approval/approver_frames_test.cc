#include "supervisor/approval/approver_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/fuzz/approval/approver_frames_demands.h"
#include "tests/supervisor/approval/temporary_directory.h"

namespace usher {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

PromptRequest Sample() {
  PromptRequest request{
      .id = "r17",
      .operation = NetOperation{.action = NetAction::kConnect,
                                .address = IpAddress::V4({104, 16, 3, 35}),
                                .port = 443,
                                .names = {"registry.example"}},
      .decision = {.verdict = Verdict::kAsk, .risk = Risk::kNetwork, .rule = "no rule"},
      .subject = {.pid = 48213,
                  .start_ticks = 912345,
                  .exe = "/usr/bin/node",
                  .cwd = "/home/me/src/shop",
                  .argv = {"npm", "install"},
                  .chain = {"claude", "bash", "npm"}},
      .ladder = {HostScope{"registry.example", false, 443, false}, HostScope{"registry.example", false, 0, false}},
      .lives = {GrantLife::kOnce, GrantLife::kSession},
      .held_calls = 3};
  request.digest = DigestOf(request);
  return request;
}

TEST(ApproverFrames, ARequestSaysWhatIsAsked) {
  const std::string line = RequestLine(Sample(), std::chrono::milliseconds(60000));
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const json frame = json::parse(line);
  EXPECT_EQ(frame["v"], 1);
  EXPECT_EQ(frame["type"], "request");
  EXPECT_EQ(frame["id"], "r17");
  EXPECT_EQ(frame["kind"], "net.connect");
  EXPECT_EQ(frame["object"], "registry.example:443");
  EXPECT_EQ(frame["risk"], "network");
  EXPECT_EQ(frame["held"], 3);
  EXPECT_EQ(frame["deadline_ms"], 60000);
  EXPECT_EQ(frame["resource"]["ip"], "104.16.3.35");
  EXPECT_EQ(frame["resource"]["hosts"], json::array({"registry.example"}));
  EXPECT_EQ(frame["subject"]["argv"], json::array({"npm", "install"}));
  EXPECT_EQ(frame["subject"]["pid"], 48213);
  EXPECT_EQ(frame["ladder"].size(), 2u);
  EXPECT_EQ(frame["options"], json::array({"once", "session", "deny", "deny-session", "stop"}));
  EXPECT_EQ(frame["digest"], Sample().digest);
  EXPECT_FALSE(frame.contains("object_b64"));
}

TEST(ApproverFrames, BytesThatAreNoTextHaveATwinAndTheLineIsAscii) {
  PromptRequest request = Sample();
  request.operation = FileOperation{.path = "/x/\xff\x1b[2J\u202e"};
  request.subject.argv = {"cat", "\xfe"};
  request.ladder = {FileScope{FileUse::kRead, "/x/\xff\x1b[2J\u202e", false}};
  const std::string line = RequestLine(request, std::chrono::milliseconds(1));
  for (const char c : line) EXPECT_TRUE((c >= ' ' && c < 0x7f) || c == '\n') << static_cast<int>(c);
  const json frame = json::parse(line);
  EXPECT_EQ(frame["object_b64"], "L3gv/xtbMkrigK4=");
  EXPECT_THAT(frame["object"].get<std::string>(), HasSubstr("\\xFF"));
  EXPECT_EQ(frame["ladder_b64"][0], "L3gv/xtbMkrigK4=");
  EXPECT_EQ(frame["subject"]["argv_b64"], json::array({"Y2F0", "/g=="}));
}

TEST(ApproverFrames, EveryOtherFrameIsOneJsonLine) {
  const std::string lines[] = {HelloLine("s-1", "\x01\xff"), UpdateLine(Sample()),
                               ResolvedLine({.request = "r1", .allow = true, .grant = "g7", .also = {"r2"}}),
                               WithdrawnLine("r1", "gone\n"), NoticeLine("a\nb")};
  for (const std::string& line : lines) {
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(json::parse(line)["v"], 1);
  }
  EXPECT_EQ(json::parse(lines[2])["grant"], "g7");
  EXPECT_EQ(json::parse(lines[2])["action"], "allow");
  EXPECT_EQ(json::parse(lines[3])["action"], "withdrawn");
}

Answer AnswerTo(const PromptRequest& request, const json& fields) {
  json frame = {{"v", 1}, {"type", "decision"}, {"id", "r17"}, {"digest", request.digest}};
  frame.update(fields);
  const auto parsed = ParseApproverFrame(frame.dump());
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return FittingAnswer(request, ToAnswer(std::get<DecisionFrame>(*parsed), request, "approver:t"));
}

TEST(ApproverFrames, OptionsMeanWhatTheySayAndTheUnknownMeansDeny) {
  struct {
    json fields;
    Choice choice;
    GrantLife life;
    size_t scope;
  } const cases[] = {
      {{{"option", "once"}}, Choice::kAllow, GrantLife::kOnce, 0},
      {{{"option", "session"}, {"scope", "registry.example:443"}}, Choice::kAllow, GrantLife::kSession, 0},
      {{{"option", "session"}, {"scope", ToString(Sample().ladder[1])}}, Choice::kAllow, GrantLife::kSession, 1},
      {{{"option", "session"}, {"scope_b64", "cmVnaXN0cnkuZXhhbXBsZTo0NDM="}}, Choice::kAllow, GrantLife::kSession, 0},
      {{{"option", "deny"}}, Choice::kDeny, GrantLife::kOnce, 0},
      {{{"option", "deny-session"}}, Choice::kDenySession, GrantLife::kOnce, 0},
      {{{"option", "stop"}}, Choice::kStopAgent, GrantLife::kOnce, 0},
      // denied, each for one reason
      {{{"option", "project"}}, Choice::kDeny, GrantLife::kOnce, 0},
      {{{"option", "Once"}}, Choice::kDeny, GrantLife::kOnce, 0},
      {{{"option", "allow"}}, Choice::kDeny, GrantLife::kOnce, 0},
      {{{"option", ""}}, Choice::kDeny, GrantLife::kOnce, 0},
      {json::object(), Choice::kDeny, GrantLife::kOnce, 0},
      {{{"option", "session"}, {"scope", ".example:443"}}, Choice::kDeny, GrantLife::kOnce, 0},
      {{{"option", "session"}, {"scope", ""}}, Choice::kDeny, GrantLife::kOnce, 0},
      {{{"option", "once"}, {"digest", "sha256:0"}}, Choice::kDeny, GrantLife::kOnce, 0},
      {{{"option", "once"}, {"digest", ""}}, Choice::kDeny, GrantLife::kOnce, 0},
  };
  for (const auto& test : cases) {
    const Answer answer = AnswerTo(Sample(), test.fields);
    EXPECT_EQ(answer.choice, test.choice) << test.fields;
    EXPECT_EQ(answer.life, test.life) << test.fields;
    EXPECT_EQ(answer.scope, test.scope) << test.fields;
    EXPECT_EQ(answer.by, "approver:t");
  }
}

TEST(ApproverFrames, PingAndHelloAreUnderstood) {
  EXPECT_TRUE(std::holds_alternative<PingFrame>(*ParseApproverFrame(R"({"type":"ping"})")));
  EXPECT_EQ(std::get<HelloFrame>(*ParseApproverFrame(R"({"v":1,"type":"hello","approver":"slack"})")).approver,
            "slack");
}

TEST(ApproverFrames, WhatIsNoFrameIsAnError) {
  for (const char* line :
       {"", "{", "[]", "null", "7", "\"x\"", "{}", R"({"type":"request"})", R"({"v":2,"type":"ping"})", R"({"type":7})",
        R"({"type":"decision"})", R"({"type":"decision","id":7})", R"({"type":"decision","id":"r","option":[]})",
        R"({"type":"decision","id":"r","scope":null})", R"({"type":"decision","id":"r","scope_b64":"!"})",
        "{\"type\":\"ping\xff\"}"}) {
    EXPECT_FALSE(ParseApproverFrame(line).ok()) << line;
  }
  EXPECT_FALSE(ParseApproverFrame(std::string(60000, '[')).ok());
}

TEST(ApproverFrames, CorpusKeepsItsPromises) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(USHER_CORPUS "/approver_frames")) {
    CheckApproverLine(Contents(entry.path()));
    ++files;
  }
  EXPECT_GT(files, 5);
}

}  // namespace
}  // namespace usher
