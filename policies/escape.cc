#include "policies/escape.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_format.h"
#include "policies/code_point.h"
#include "policies/text.h"
#include "policies/unicode_ranges.h"

namespace usher {
namespace {

constexpr char32_t kEllipsis = 0x2026;
constexpr int kMaxCombining = 2;

struct Piece {
  std::string text;  // as shown
  size_t bytes = 0;  // of the raw text
  int cells = 0;
};

// Walks over raw text and says for each unit how it is shown. What a unit looks like depends on its neighbours only,
// so that a cut text shows its pieces as the whole text would.
class Escaper {
 public:
  explicit Escaper(std::string_view text) : rest_(text) {}

  bool Done() const { return rest_.empty(); }

  Piece Next() {
    const CodePoint unit = FirstCodePoint(rest_);
    const std::string_view raw = rest_.substr(0, unit.size);
    rest_.remove_prefix(unit.size);
    const bool as_is = ShowsAsIs(unit);
    Remember(unit, as_is);
    if (as_is && unit.code == '\\') return {.text = "\\\\", .bytes = 1, .cells = 2};
    if (as_is) return {.text = std::string(raw), .bytes = unit.size, .cells = CellsOf(unit.code)};
    std::string escape = unit.valid ? absl::StrFormat("\\u{%X}", static_cast<uint32_t>(unit.code))
                                    : absl::StrFormat("\\x%02X", static_cast<uint32_t>(unit.code));
    const int cells = static_cast<int>(escape.size());
    return {.text = std::move(escape), .bytes = unit.size, .cells = cells};
  }

 private:
  bool ShowsAsIs(const CodePoint& unit) const {
    if (!unit.valid) return false;
    if (unit.code == ' ') return !at_start_ && !after_space_ && !rest_.empty() && rest_.front() != ' ';
    if (!IsShown(unit.code)) return false;
    // A mark needs a character of this text to sit on; on a slash or on our own signs it would disguise them.
    if (IsCombining(unit.code)) return can_carry_mark_ && marks_ < kMaxCombining;
    // Our own sign for a cut must not come from the text.
    if (unit.code == kEllipsis) return rest_.empty() || rest_.front() != '[';
    return true;
  }

  void Remember(const CodePoint& unit, bool as_is) {
    at_start_ = false;
    after_space_ = unit.valid && unit.code == ' ';
    if (as_is && IsCombining(unit.code)) {
      ++marks_;
      return;
    }
    // A mark that was escaped ends the run: what follows it would sit on the escape.
    marks_ = 0;
    can_carry_mark_ = as_is && unit.code != ' ' && unit.code != '/' && unit.code != '\\';
  }

  std::string_view rest_;
  bool at_start_ = true;
  bool after_space_ = false;
  bool can_carry_mark_ = false;
  int marks_ = 0;
};

}  // namespace

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (Escaper escaper(text); !escaper.Done();) out += escaper.Next().text;
  return out;
}

std::string EscapeToWidth(std::string_view text, int columns) {
  std::vector<Piece> pieces;
  int cells = 0;
  for (Escaper escaper(text); !escaper.Done();) {
    pieces.push_back(escaper.Next());
    cells += pieces.back().cells;
  }
  size_t last_slash = pieces.size();  // index of the piece that begins the last component
  while (last_slash > 0 && pieces[last_slash - 1].text == "/") --last_slash;
  while (last_slash > 0 && pieces[last_slash - 1].text != "/") --last_slash;
  if (last_slash > 0) --last_slash;
  std::string out;
  if (cells <= columns || last_slash == 0) {
    for (const Piece& piece : pieces) out += piece.text;
    return out;
  }
  int tail_cells = 0;
  for (size_t i = last_slash; i < pieces.size(); ++i) tail_cells += pieces[i].cells;
  const auto cut_sign = [](size_t bytes) { return Cat("…[", bytes, " bytes]…"); };
  // Room for the sign at its longest; a few cells more than needed do no harm.
  const int room = columns - tail_cells - DisplayWidth(cut_sign(text.size()));
  size_t kept = 0;
  for (int used = 0; kept < last_slash && used + pieces[kept].cells <= room; ++kept) used += pieces[kept].cells;
  size_t cut_bytes = 0;
  for (size_t i = kept; i < last_slash; ++i) cut_bytes += pieces[i].bytes;
  for (size_t i = 0; i < kept; ++i) out += pieces[i].text;
  if (cut_bytes > 0) out += cut_sign(cut_bytes);
  for (size_t i = last_slash; i < pieces.size(); ++i) out += pieces[i].text;
  return out;
}

int DisplayWidth(std::string_view escaped) {
  int cells = 0;
  while (!escaped.empty()) {
    const CodePoint unit = FirstCodePoint(escaped);
    cells += unit.valid ? CellsOf(unit.code) : 1;
    escaped.remove_prefix(unit.size);
  }
  return cells;
}

}  // namespace usher
