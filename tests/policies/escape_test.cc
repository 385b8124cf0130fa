#include "policies/escape.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace usher {
namespace {

// Reads an escaped text back, to show that no two byte strings look alike.
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    ++i;
    if (text[i] == '\\') {
      out += '\\';
    } else if (text[i] == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      const size_t end = text.find('}', i);
      const auto code = static_cast<uint32_t>(std::stoul(std::string(text.substr(i + 2, end - i - 2)), nullptr, 16));
      if (code < 0x80) {
        out += static_cast<char>(code);
      } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | (code >> 6));
        out += static_cast<char>(0x80 | (code & 0x3f));
      } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
      } else {
        out += static_cast<char>(0xf0 | (code >> 18));
        out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
      }
      i = end;
    }
  }
  return out;
}

TEST(EscapeTest, ShowsWhatIsPrintableAndEscapesTheRest) {
  const struct {
    std::string text;
    const char* shown;
  } kCases[] = {
      {"/home/me/a-b_c.txt", "/home/me/a-b_c.txt"},
      {"größe/日本語/Ελλάδα", "größe/日本語/Ελλάδα"},
      {"", ""},
      {"a\\b", "a\\\\b"},
      {"a\nb\tc", "a\\u{A}b\\u{9}c"},
      {"\x1b[31m", "\\u{1B}[31m"},
      {std::string("a\0b", 3), "a\\u{0}b"},
      {"\x7f", "\\u{7F}"},
      {"\xc2\x9b", "\\u{9B}"},                  // C1 CSI
      {"docs\u202e/txt", "docs\\u{202E}/txt"},  // bidi override
      {"a\u200b\u2066\ufeff", "a\\u{200B}\\u{2066}\\u{FEFF}"},
      {"x\U000E0041", "x\\u{E0041}"},  // tag
      {"\ue000", "\\u{E000}"},         // private use
      {"\u2028\u2029", "\\u{2028}\\u{2029}"},
      {"\uffff", "\\u{FFFF}"},                              // no character
      {"\u3164\u2800\u00a0", "\\u{3164}\\u{2800}\\u{A0}"},  // blanks that look like nothing
      {"\xff\xc0\xaf", "\\xFF\\xC0\\xAF"},                  // no UTF-8, overlong slash
      {"\xed\xa0\x80", "\\xED\\xA0\\x80"},                  // surrogate
      {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},         // above U+10FFFF
      {"\xe2\x82", "\\xE2\\x82"},                           // cut short
      {"a b", "a b"},
      {" a", "\\u{20}a"},
      {"a ", "a\\u{20}"},
      {"a  b", "a\\u{20}\\u{20}b"},
      {"e\u0301", "e\u0301"},
      {"e\u0301\u0302\u0303\u0304", "e\u0301\u0302\\u{303}\\u{304}"},
      {"\u0301a", "\\u{301}a"},
      {"/\u0338x", "/\\u{338}x"},
      {"…[3 bytes]…", "\\u{2026}[3 bytes]…"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Escape(test.text), test.shown);
    EXPECT_EQ(Unescape(Escape(test.text)), test.text);
  }
}

TEST(EscapeTest, NamesExactlyOneByteString) {
  std::mt19937 random(1);
  const std::string kPieces[] = {"a",      "/",       " ",      "\\", "x",    "{",    "}", "\n",
                                 "\u202e", "e\u0301", "\u0302", "日", "\xff", "\xe2", "…", "["};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t n = random() % 12; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
    ASSERT_EQ(Unescape(Escape(text)), text);
  }
}

TEST(EscapeTest, CutsFromTheMiddle) {
  EXPECT_EQ(EscapeToWidth("/home/me/file", 40), "/home/me/file");
  const std::string path = "/" + std::string(54, 'a') + "/b/name.txt";
  EXPECT_EQ(EscapeToWidth(path, 32), "/aaaaaaaaaa…[46 bytes]…/name.txt");  // 11 + 46 of the 57 bytes before the name
  for (int columns = 22; columns < 70; ++columns) EXPECT_LE(DisplayWidth(EscapeToWidth(path, columns)), columns);
}

TEST(EscapeTest, NeverCutsTheLastNameOrAHost) {
  const std::string name = "a-very-long-name-that-must-be-shown-whole.txt";
  EXPECT_EQ(EscapeToWidth("/d/e/" + name, 20), "…[4 bytes]…/" + name);
  const std::string host = "registry.an-evil-prefix-of-some-length.example:443";
  EXPECT_EQ(EscapeToWidth(host, 10), host);
  EXPECT_EQ(EscapeToWidth("/" + name, 10), "/" + name);
}

TEST(EscapeTest, CountsCells) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth(Escape("\n")), 5);
}

}  // namespace
}  // namespace usher
