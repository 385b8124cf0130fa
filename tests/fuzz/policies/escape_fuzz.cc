// Any bytes as text of a tracee: shown without a control byte, and read back to the very same bytes.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/escape.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr uint8_t kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLead[more] | (code >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
}

std::string Unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    Require(text.size() >= 2);
    if (text[1] == '\\') {
      out += '\\';
      text.remove_prefix(2);
    } else if (text[1] == 'x') {
      Require(text.size() >= 4);
      out += static_cast<char>(std::stoi(std::string(text.substr(2, 2)), nullptr, 16));
      text.remove_prefix(4);
    } else {
      Require(text.substr(0, 3) == "\\u{");
      const size_t end = text.find('}');
      Require(end != std::string_view::npos);
      AppendUtf8(out, static_cast<uint32_t>(std::stoul(std::string(text.substr(3, end - 3)), nullptr, 16)));
      text.remove_prefix(end + 1);
    }
  }
  return out;
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string shown = usher::Escape(text);
  Require(!HasControl(shown));
  Require(Unescape(shown) == text);
  Require(usher::Escape(shown).size() >= shown.size());
  Require(usher::DisplayWidth(shown) >= 0);
  const int columns = size == 0 ? 0 : data[0];
  const std::string cut = usher::EscapeToWidth(text, columns);
  Require(!HasControl(cut));
  if (usher::DisplayWidth(shown) <= columns) Require(cut == shown);
  if (cut != shown) {
    // Only the middle may be gone: what is left begins and ends as the whole does.
    const size_t sign = cut.find("…[");
    Require(sign != std::string::npos);
    Require(shown.compare(0, sign, cut, 0, sign) == 0);
    const size_t tail = cut.find("]…", sign) + std::string_view("]…").size();
    Require(shown.ends_with(cut.substr(tail)));
    Require(cut[tail] == '/');
  }
  return 0;
}
