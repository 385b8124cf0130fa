#include "supervisor/approval/grant_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace usher {
namespace {

using ::testing::HasSubstr;

GrantFile SampleFile() {
  GrantFile file;
  file.workspace = "/home/me/src/shop";
  file.next = 9;
  file.project = {
      {.id = "g1",
       .scope = FileScope{FileUse::kWrite, "/home/me/a \"b\"\\c\x01\n\u202e", true},
       .life = GrantLife::kProject,
       .by = "terminal",
       .created = 1767225600,
       .last_used = 1767225601},
      {.id = "g2",
       .allow = false,
       .scope = HostScope{"registry.example", true, 443, false},
       .life = GrantLife::kProject,
       .by = "approver:x",
       .why = "note",
       .created = 0,
       .last_used = 951782400},
      {.id = "g5",
       .scope = HostScope{"127.0.0.1", false, 3000, true},
       .life = GrantLife::kProject,
       .created = 5,
       .last_used = 5},
      {.id = "g7",
       .scope = FileScope{FileUse::kExec, "/not/utf8/\xff\xfe", false},
       .life = GrantLife::kProject,
       .created = 5,
       .last_used = 5},
  };
  file.sessions = {
      {{.id = "g8", .scope = UnixScope{"@abstract\xc3"}, .life = GrantLife::kSession, .created = 7, .last_used = 8},
       "1:2:3:4"}};
  return file;
}

void ExpectSame(const Grant& a, const Grant& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.allow, b.allow);
  EXPECT_EQ(a.scope, b.scope);
  EXPECT_EQ(a.life, b.life);
  EXPECT_EQ(a.by, b.by);
  EXPECT_EQ(a.why, b.why);
  EXPECT_EQ(a.created, b.created);
  EXPECT_EQ(a.last_used, b.last_used);
}

TEST(GrantFile, WhatIsPrintedIsReadBackTheSame) {
  const GrantFile file = SampleFile();
  const auto read = ParseGrantFile(PrintGrantFile(file), "f");
  ASSERT_TRUE(read.ok()) << read.status() << PrintGrantFile(file);
  EXPECT_EQ(read->workspace, file.workspace);
  EXPECT_EQ(read->next, file.next);
  ASSERT_EQ(read->project.size(), file.project.size());
  for (size_t i = 0; i < file.project.size(); ++i) ExpectSame(read->project[i], file.project[i]);
  ASSERT_EQ(read->sessions.size(), 1u);
  ExpectSame(read->sessions[0].grant, file.sessions[0].grant);
  EXPECT_EQ(read->sessions[0].owner, "1:2:3:4");
}

TEST(GrantFile, EveryByteSurvives) {
  for (int byte = 1; byte < 256; ++byte) {
    GrantFile file = SampleFile();
    std::get<FileScope>(file.project[0].scope).path =
        std::string("/x") + static_cast<char>(byte) + "y" + static_cast<char>(byte);
    const auto read = ParseGrantFile(PrintGrantFile(file), "f");
    ASSERT_TRUE(read.ok()) << byte << read.status();
    EXPECT_EQ(read->project[0].scope, file.project[0].scope) << byte;
  }
}

TEST(GrantFile, PrintsNothingThatMovesTheCursorOrTurnsTheText) {
  const std::string text = PrintGrantFile(SampleFile());
  EXPECT_THAT(text, HasSubstr("\\U0000202E"));
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  EXPECT_EQ(text.find('\x01'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("created = 2026-01-01T00:00:00Z"));
}

TEST(GrantFile, NextIdIsAboveEveryIdThatStands) {
  const auto file = ParseGrantFile(
      "version = 1\nworkspace = \"/w\"\nnext = 2\n[[grant]]\nid = \"g41\"\nkind = \"unix\"\nname = \"@x\"\n"
      "created = 2026-01-01T00:00:00Z\nlast_used = 2026-01-01T00:00:00Z\n",
      "f");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->next, 42);
}

struct Bad {
  const char* what;
  const char* text;
  const char* place;
  const char* message;
};

constexpr char kGood[] =
    "version = 1\nworkspace = \"/w\"\n[[grant]]\nid = \"g1\"\nkind = \"unix\"\nname = \"@x\"\n"
    "created = 2026-01-01T00:00:00Z\nlast_used = 2026-01-01T00:00:00Z\n";

TEST(GrantFile, GoodTwinOfTheBadOnesIsRead) { EXPECT_TRUE(ParseGrantFile(kGood, "f").ok()); }

TEST(GrantFile, WhatIsNotUnderstoodIsAnErrorWithItsPlace) {
  const Bad kBad[] = {
      {"syntax", "version = \n", "f:1:", ""},
      {"unknown key", "version = 1\nwokspace = \"/w\"\n", "f:2:", "unknown key \"wokspace\""},
      {"newer", "version = 2\n", "f:1:", "newer usher"},
      {"no version", "workspace = \"/w\"\n", "f:", "\"version\" is missing"},
      {"not tables", "version = 1\ngrant = 3\n", "f:2:", "[[grant]]"},
      {"mixed array", "version = 1\ngrant = [1]\n", "f:2:", "[[grant]]"},
      {"unknown kind", "version = 1\n[[grant]]\nid = \"g1\"\nkind = \"all\"\n", "f:2:", "\"kind\" must be"},
      {"relative path", "version = 1\n[[grant]]\nid = \"g1\"\nkind = \"file\"\nuse = \"read\"\npath = \"x\"\n",
       "f:2:", "absolute"},
      {"odd id",
       "version = 1\n[[grant]]\nid = \"g01\"\nkind = \"unix\"\nname = \"@x\"\ncreated = "
       "2026-01-01T00:00:00Z\nlast_used = 2026-01-01T00:00:00Z\n",
       "f:2:", "\"id\""},
      {"port", "version = 1\n[[grant]]\nid = \"g1\"\nkind = \"host\"\nhost = \"h\"\nport = 70000\n", "f:2:", "65535"},
      {"not utf-8", "version = 1\n# \xff\n", "f:1:", "UTF-8"},
      {"bad base64", "version = 1\nworkspace_b64 = \"!\"\n", "f:2:", "base64"},
      {"wrong type", "version = 1\nnext = \"7\"\n", "f:2:", "\"next\" must be a number"},
  };
  for (const Bad& bad : kBad) {
    const auto file = ParseGrantFile(bad.text, "f");
    ASSERT_FALSE(file.ok()) << bad.what;
    EXPECT_THAT(std::string(file.status().message()), HasSubstr(bad.place)) << bad.what;
    EXPECT_THAT(std::string(file.status().message()), HasSubstr(bad.message)) << bad.what;
  }
  const auto twice = ParseGrantFile(std::string(kGood) + std::string(kGood).substr(std::string(kGood).find("[[")), "f");
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("twice"));
}

}  // namespace
}  // namespace usher
