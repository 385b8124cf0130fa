#include "supervisor/approval/screen_text.h"

#include <algorithm>
#include <cstdint>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/approval/utf8.h"

namespace usher {
namespace {

// Length of the escape at the front, 0 for none. A backslash of the text itself is doubled, so there is no doubt.
size_t EscapeLength(std::string_view text) {
  if (text.size() < 2 || text[0] != '\\') return 0;
  if (text[1] == '\\') return 2;
  if (text[1] == 'x') return std::min<size_t>(4, text.size());
  if (text[1] != 'u') return 0;
  const size_t end = text.find('}');
  return end == std::string_view::npos ? 0 : end + 1;
}

struct Atom {
  std::string_view text;
  int cells = 0;
};

std::vector<Atom> AtomsOf(std::string_view escaped) {
  std::vector<Atom> atoms;
  while (!escaped.empty()) {
    size_t length = EscapeLength(escaped);
    if (length == 0) length = std::max<size_t>(1, DecodeUtf8(escaped).length);
    const std::string_view text = escaped.substr(0, length);
    const int cells = DisplayWidth(text);
    if (cells == 0 && !atoms.empty()) {
      std::string_view& before = atoms.back().text;
      before = {before.data(), before.size() + length};
    } else {
      atoms.push_back({text, cells});
    }
    escaped.remove_prefix(length);
  }
  return atoms;
}

}  // namespace

std::vector<std::string> WrapCells(std::string_view escaped, int columns) {
  columns = std::max(columns, 1);
  const std::vector<Atom> atoms = AtomsOf(escaped);
  std::vector<std::string> lines;
  size_t start = 0;
  while (start < atoms.size()) {
    size_t end = start;
    int cells = 0;
    while (end < atoms.size() && (cells + atoms[end].cells <= columns || end == start)) cells += atoms[end++].cells;
    if (end < atoms.size()) {
      // Not too far back: a line that is mostly empty reads worse than a word in two.
      for (size_t at = end; at > start + (end - start) / 2; --at) {
        if (atoms[at - 1].text != " " && atoms[at - 1].text != "/") continue;
        end = at;
        break;
      }
    }
    std::string line;
    for (size_t i = start; i < end; ++i) line += atoms[i].text;
    if (end < atoms.size() && line.ends_with(' ')) line.pop_back();  // it stands for the break
    lines.push_back(std::move(line));
    start = end;
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

std::string CutMiddle(std::string_view escaped, int columns) {
  const int width = DisplayWidth(escaped);
  if (width <= columns) return std::string(escaped);
  const std::vector<Atom> atoms = AtomsOf(escaped);
  const int room = std::max(0, columns - DisplayWidth(Cat("…[", width, " more]…")));
  size_t head = 0, tail = atoms.size();
  int head_cells = 0, tail_cells = 0;
  while (head < tail && head_cells + atoms[head].cells <= room * 2 / 3) head_cells += atoms[head++].cells;
  while (tail > head && tail_cells + atoms[tail - 1].cells <= room - head_cells) tail_cells += atoms[--tail].cells;
  std::string cut;
  for (size_t i = 0; i < head; ++i) cut += atoms[i].text;
  cut += Cat("…[", width - head_cells - tail_cells, " more]…");
  for (size_t i = tail; i < atoms.size(); ++i) cut += atoms[i].text;
  return cut;
}

std::string MarkEscapes(std::string_view escaped) {
  std::string marked;
  while (!escaped.empty()) {
    const size_t length = EscapeLength(escaped);
    if (length > 2) {
      marked += Cat("\x1b[7m", escaped.substr(0, length), "\x1b[27m");
    } else {
      marked += escaped.substr(0, std::max<size_t>(length, 1));
    }
    escaped.remove_prefix(std::max<size_t>(length, 1));
  }
  return marked;
}

}  // namespace usher
