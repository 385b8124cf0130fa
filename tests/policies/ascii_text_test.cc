// Policy files with letters beyond ASCII: what may hold them, and where an error in such a file is said to stand.

#include "policies/ascii_text.h"

#include <gtest/gtest.h>

#include "policies/text.h"
#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

TEST(AsciiTextTest, WhatIsEncodedIsDecodedAgain) {
  for (const std::string text : {"", "plain", "größe %C3 %25 100%", "日本語\n\tx", "%"}) {
    const auto ascii = AsciiText::Encode(text, "p");
    ASSERT_TRUE(ascii.ok()) << text;
    for (const char byte : ascii->str()) EXPECT_GE(byte, 0);
    EXPECT_EQ(AsciiText::Decode(ascii->str()), text);
  }
}

TEST(AsciiTextTest, LettersBeyondAsciiStandInStringsAndComments) {
  for (const char* text :
       {"version = 1 # grüße", "version = 1\nname = \"grüße\"", "version = 1\nname = 'grüße'",
        "version = 1\nname = \"\"\"\ngrüße\"\"\"\"\"", "version = 1\nname = \"a\\\"ü\"",
        "version = 1\nname = \"\"\"a\\\n  ü\"\"\"", "version = 1\nname = '''a'ü''''", "\xef\xbb\xbfversion = 1"}) {
    const auto parsed = ParsePolicy(text, "p", TestContext());
    EXPECT_TRUE(parsed.ok()) << text << "\n  gives " << parsed.status();
  }
  const auto named = ParsePolicy("version = 1\nname = \"\\u00fcü%C3%41%\"", "p", TestContext());
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->policy.name, "üü%C3%41%");
  const struct {
    const char *text, *error;
  } kCases[] = {
      {"version = 1\né = 1", "p:2:1: "},
      {"version = 1\nname = \"\"é", "p:2:10: "},
      {"version = 1\u00a0", "p:1:12: "},
      {"version = 1\n'ü' = 1", "p:2:1: unknown key \"ü\""},
      {"version = 1\nfiles.hide = ['ü', 'ö', 7]", "p:2:25: each entry"},
      {"version = 1\nname = \"\\u0025C3\"", "p:2:9: a percent sign as an escape"},
      {"version = 1\nname = \"\xc3\"", "p:2:9: this is not UTF-8"},
      {"versn=1\nfilesËread={}", "p:2:6: "},
      {"version = 1\nname = [2\"|Ä", "p:2:"},
  };
  for (const auto& test : kCases) {
    const auto parsed = ParsePolicy(test.text, "p", TestContext());
    ASSERT_FALSE(parsed.ok()) << test.text;
    EXPECT_TRUE(FromAbsl(parsed.status().message()).starts_with(test.error)) << parsed.status();
  }
}

}  // namespace
}  // namespace usher
