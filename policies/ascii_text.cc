#include "policies/ascii_text.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "policies/code_point.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

void AppendEncoded(std::string& out, char byte) {
  out += '%';
  out += kHexDigits[static_cast<uint8_t>(byte) >> 4];
  out += kHexDigits[static_cast<uint8_t>(byte) & 0xf];
}

int HexValue(char digit) {
  for (int value = 0; value < 16; ++value) {
    if (kHexDigits[value] == digit) return value;
  }
  return -1;
}

// The byte that "%C3" at the start of a text stands for, or -1 where no such thing stands.
int EncodedByte(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = HexValue(text[1]), low = HexValue(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool IsEscapedPercent(std::string_view text) { return text.starts_with("\\u0025") || text.starts_with("\\U00000025"); }

}  // namespace

absl::StatusOr<AsciiText> AsciiText::Encode(std::string_view text, std::string_view file) {
  AsciiText result;
  result.ascii_.reserve(text.size());
  size_t line = 1, column = 1;
  while (!text.empty()) {
    const CodePoint unit = FirstCodePoint(text);
    const auto error = [&](std::string_view message) {
      return absl::InvalidArgumentError(Cat(file, ":", line, ":", column, ": ", message));
    };
    if (!unit.valid) return error("this is not UTF-8, so it is not TOML; save the file as UTF-8");
    if (IsEscapedPercent(text)) return error("a percent sign as an escape; write it as it is, \"%\"");
    for (const char byte : text.substr(0, unit.size)) {
      if (byte == '%' || static_cast<uint8_t>(byte) >= 0x80) {
        AppendEncoded(result.ascii_, byte);
        result.encoded_any_ = true;
      } else {
        result.ascii_ += byte;
      }
    }
    ++column;
    if (unit.code == '\n') {
      ++line;
      column = 1;
      result.line_starts_.push_back(result.ascii_.size());
    }
    text.remove_prefix(unit.size);
  }
  return result;
}

std::string AsciiText::Decode(std::string_view ascii) {
  std::string text;
  text.reserve(ascii.size());
  while (!ascii.empty()) {
    const int byte = EncodedByte(ascii);
    text += byte < 0 ? ascii.front() : static_cast<char>(byte);
    ascii.remove_prefix(byte < 0 ? 1 : 3);
  }
  return text;
}

std::string AsciiText::PlaceOf(size_t line, size_t column) const {
  if (!encoded_any_ || line == 0 || line > line_starts_.size() || column == 0) return Cat(line, ":", column);
  const std::string_view rest = std::string_view(ascii_).substr(line_starts_[line - 1]);
  const std::string before = Decode(rest.substr(0, column - 1));
  const auto begins_character = [](char byte) { return (static_cast<uint8_t>(byte) & 0xc0) != 0x80; };
  return Cat(line, ":", 1 + std::count_if(before.begin(), before.end(), begins_character));
}

}  // namespace usher
