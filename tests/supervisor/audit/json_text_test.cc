#include "supervisor/audit/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"

namespace usher {
namespace {

using nlohmann::json;

std::string Quoted(std::string_view bytes) {
  std::string out;
  AppendJsonString(out, bytes);
  return out;
}

TEST(JsonTextTest, KnowsUnicodeFromBytes) {
  struct Case {
    std::string_view bytes;
    bool unicode;
  };
  for (const Case& c : std::vector<Case>{
           {"", true},
           {"plain", true},
           {"z\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", true},
           {"\xF4\x8F\xBF\xBF", true},   // U+10FFFF
           {"\xF4\x90\x80\x80", false},  // above it
           {"\xC0\xAF", false},          // overlong "/"
           {"\xE0\x80\xAF", false},      // overlong "/"
           {"\xF0\x80\x80\xAF", false},  // overlong "/"
           {"\xED\xA0\x80", false},      // a surrogate
           {"\xE2\x82", false},          // cut off
           {"\x80", false},
           {"\xFF", false},
           {"ok\xFFok", false},
       }) {
    EXPECT_EQ(IsUnicode(c.bytes), c.unicode) << absl::CHexEscape(std::string(c.bytes));
  }
}

TEST(JsonTextTest, WritesTextThatAParserReadsBack) {
  const std::string every_ascii = [] {
    std::string text;
    for (char c = 0; c != 127; ++c) text += c;
    return text;
  }();
  for (const std::string& text : {every_ascii, std::string("\u202e\u200b\u2028\ufeff\u0085 \U000e0041 \U0001f600"),
                                  std::string("\x7f\"\\/"), std::string()}) {
    EXPECT_EQ(json::parse(Quoted(text)).get<std::string>(), text);
  }
}

TEST(JsonTextTest, WritesNothingThatATerminalObeysOrHides) {
  const std::string out = Quoted("a\x1b]0;x\x07\r\n\t\x7f\u009b\u202e\u2066\u200b\U000e0041z");
  EXPECT_EQ(out, "\"a\\u001b]0;x\\u0007\\u000d\\n\\t\\u007f\\u009b\\u202e\\u2066\\u200b\\udb40\\udc41z\"");
  EXPECT_EQ(Quoted("caf\u00e9"), "\"caf\u00e9\"");  // and leaves alone what is only foreign
}

TEST(JsonTextTest, KeepsBrokenBytesInATwin) {
  std::string out;
  AppendJsonField(out, "object", "/tmp/\xFF\xC3(");
  const json parsed = json::parse("{" + out + "}");
  EXPECT_EQ(parsed["object"], "/tmp/\ufffd\ufffd(");
  std::string exact;
  ASSERT_TRUE(absl::Base64Unescape(parsed["object_b64"].get<std::string>(), &exact));
  EXPECT_EQ(exact, "/tmp/\xFF\xC3(");

  out.clear();
  AppendJsonField(out, "object", "/tmp/x");
  EXPECT_EQ(out, R"("object":"/tmp/x")");
}

TEST(JsonTextTest, KeepsBrokenListsInATwin) {
  std::string out;
  AppendJsonList(out, "argv", {"rm", "\xFE"});
  const json parsed = json::parse("{" + out + "}");
  EXPECT_EQ(parsed["argv"], json::array({"rm", "\ufffd"}));
  EXPECT_EQ(parsed["argv_b64"], json::array({absl::Base64Escape("rm"), absl::Base64Escape("\xFE")}));

  out.clear();
  AppendJsonList(out, "argv", {"rm", "-f"});
  EXPECT_EQ(out, R"("argv":["rm","-f"])");
}

TEST(JsonTextTest, CutsWhatIsTooLongAndSaysSo) {
  std::string out;
  AppendJsonField(out, "asked", std::string(100'000, 'x'));
  const json field = json::parse("{" + out + "}");
  EXPECT_EQ(field["asked"].get<std::string>().size(), 16u * 1024);
  EXPECT_EQ(field["asked_length"], 100'000);

  out.clear();
  AppendJsonList(out, "argv", std::vector<std::string>(200, std::string(1000, 'y')));
  const json list = json::parse("{" + out + "}");
  EXPECT_GT(list["argv"].size(), 10u);
  EXPECT_EQ(list["argv"].size() + list["argv_left_out"].get<size_t>(), 200u);
}

}  // namespace
}  // namespace usher
