#include "supervisor/audit/json_text.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMaxText = size_t{16} << 10;
constexpr size_t kMaxList = size_t{64} << 10;
constexpr char32_t kInvalid = 0xFFFFFFFF;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Sequence {
  char32_t code = kInvalid;
  size_t length = 1;  // bytes; 1 when invalid
};

// The sequence at the start of `bytes`, which is not empty.
Sequence DecodeUtf8(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t first = at(0);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return {};
  char32_t code = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (at(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {};
  return {code, length};
}

// Whether a terminal would act on the character or show nothing for it.
bool IsTreacherous(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD || code == 0x61C || code == 0x180E ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
         (code >= 0xE0000 && code <= 0xE0FFF);
}

void AppendUnit(std::string& out, char32_t unit) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 0xF];
}

void AppendEscaped(std::string& out, char32_t code) {
  if (code < 0x10000) return AppendUnit(out, code);
  AppendUnit(out, 0xD800 + ((code - 0x10000) >> 10));
  AppendUnit(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
}

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

bool IsUnicode(std::string_view bytes) {
  while (!bytes.empty()) {
    const Sequence next = DecodeUtf8(bytes);
    if (next.code == kInvalid) return false;
    bytes.remove_prefix(next.length);
  }
  return true;
}

std::string ToUnicode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const Sequence next = DecodeUtf8(bytes);
    out += next.code == kInvalid ? kReplacement : bytes.substr(0, next.length);
    bytes.remove_prefix(next.length);
  }
  return out;
}

void AppendJsonString(std::string& out, std::string_view bytes) {
  out += '"';
  size_t at = 0;
  while (at < bytes.size()) {
    size_t plain = at;
    while (plain < bytes.size() && IsPlain(bytes[plain])) ++plain;
    out.append(bytes, at, plain - at);
    at = plain;
    if (at == bytes.size()) break;

    const Sequence next = DecodeUtf8(bytes.substr(at));
    if (next.code == kInvalid) {
      out += kReplacement;
    } else if (next.code == '"' || next.code == '\\') {
      out += '\\';
      out += bytes[at];
    } else if (next.code == '\n') {
      out += "\\n";
    } else if (next.code == '\t') {
      out += "\\t";
    } else if (IsTreacherous(next.code)) {
      AppendEscaped(out, next.code);
    } else {
      out.append(bytes, at, next.length);
    }
    at += next.length;
  }
  out += '"';
}

void AppendJsonField(std::string& out, std::string_view key, std::string_view bytes) {
  const std::string_view kept = bytes.substr(0, kMaxText);
  AppendTo(out, "\"", key, "\":");
  AppendJsonString(out, kept);
  if (!IsUnicode(kept)) AppendTo(out, ",\"", key, "_b64\":\"", absl::Base64Escape(std::string(kept)), "\"");
  if (kept.size() < bytes.size()) AppendTo(out, ",\"", key, "_length\":", bytes.size());
}

void AppendJsonList(std::string& out, std::string_view key, const std::vector<std::string>& values) {
  size_t kept = 0, total = 0;
  bool all_utf8 = true;
  while (kept < values.size() && total + values[kept].size() <= kMaxList) {
    total += values[kept].size() + 1;  // one for the item itself: a million empty ones are no short list
    all_utf8 = all_utf8 && IsUnicode(values[kept]);
    ++kept;
  }
  AppendTo(out, "\"", key, "\":[");
  for (size_t i = 0; i < kept; ++i) {
    if (i > 0) out += ',';
    AppendJsonString(out, values[i]);
  }
  out += ']';
  if (!all_utf8) {
    AppendTo(out, ",\"", key, "_b64\":[");
    for (size_t i = 0; i < kept; ++i) AppendTo(out, i > 0 ? "," : "", "\"", absl::Base64Escape(values[i]), "\"");
    out += ']';
  }
  if (kept < values.size()) AppendTo(out, ",\"", key, "_left_out\":", values.size() - kept);
}

}  // namespace usher
