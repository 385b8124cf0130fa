#include "policies/toml_guard.h"

#include <algorithm>
#include <cstdint>

namespace usher {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::optional<TextPlace> Run() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (static_cast<uint8_t>(c) >= 0x80) return place_;
      if (c == '#') {
        Take(std::min(rest_.find('\n'), rest_.size()));
      } else if (c == '"' || c == '\'') {
        TakeString(c);
      } else {
        Take(1);
      }
    }
    return std::nullopt;
  }

 private:
  void Take(size_t size) {
    for (const char c : rest_.substr(0, size)) {
      if (c == '\n') {
        ++place_.line;
        place_.column = 1;
      } else if ((static_cast<uint8_t>(c) & 0xc0) != 0x80) {
        ++place_.column;
      }
    }
    rest_.remove_prefix(size);
  }

  size_t Quotes(char quote) const { return std::min(rest_.find_first_not_of(quote), rest_.size()); }

  void TakeString(char quote) {
    const size_t opening = Quotes(quote);
    if (opening == 2) return Take(2);  // an empty string
    const bool several_lines = opening >= 3;
    Take(several_lines ? 3 : 1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      // A string that its line cuts off is an error to the reader; what follows is looked at as if it were outside.
      if (c == '\n' && !several_lines) return;
      if (c == quote && !several_lines) return Take(1);
      // Two quotes may stand before the closing three.
      if (c == quote && Quotes(quote) >= 3) return Take(std::min<size_t>(5, Quotes(quote)));
      const bool escaped = c == '\\' && quote == '"';
      Take(std::min<size_t>(escaped ? 2 : 1, rest_.size()));
    }
  }

  std::string_view rest_;
  TextPlace place_;
};

}  // namespace

std::optional<TextPlace> FindStrayCharacter(std::string_view text) { return Scanner(text).Run(); }

}  // namespace usher
