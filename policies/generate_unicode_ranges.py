#!/usr/bin/env python3
"""Writes unicode_ranges.cc: which code points may be shown as they are, which combine, which take two cells.

Run by hand when the Unicode version changes: python3 generate_unicode_ranges.py > unicode_ranges.cc
"""
import unicodedata

# Characters of visible categories that draw nothing (Unicode: Default_Ignorable_Code_Point and known blanks), and the
# two that stand for something else.
INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFC, 0xFFFD, 0x1D159, 0x16FE4}
INVISIBLE |= set(range(0x180B, 0x1810)) | set(range(0xFE00, 0xFE10)) | set(range(0xE0000, 0xE1000))


def shown(code):
    return unicodedata.category(chr(code))[0] not in "CZ" and code not in INVISIBLE


def combining(code):
    return shown(code) and unicodedata.category(chr(code)) in ("Mn", "Me", "Mc")


def zero_width(code):
    return shown(code) and unicodedata.category(chr(code)) in ("Mn", "Me")


def wide(code):
    return shown(code) and not zero_width(code) and unicodedata.east_asian_width(chr(code)) in "WF"


def ranges(test):
    found, start = [], None
    for code in range(0x110001):
        inside = code < 0x110000 and test(code)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            found.append((start, code - 1))
            start = None
    return found


def table(name, test):
    print(f"\nconstexpr CodeRange {name}[] = {{")
    line = "   "
    for low, high in ranges(test):
        cell = f" {{0x{low:X}, 0x{high:X}}},"
        if len(line) + len(cell) > 120:
            print(line)
            line = "   "
        line += cell
    print(line)
    print("};")


print(f"// Written by generate_unicode_ranges.py from Unicode {unicodedata.unidata_version}; not to be edited.\n")
print('#include "policies/unicode_ranges.h"\n\n#include <algorithm>\n#include <iterator>\n')
print("namespace usher {\nnamespace {\n\nstruct CodeRange {\n  char32_t low, high;\n};\n\n// clang-format off")
table("kShown", shown)
table("kCombining", combining)
table("kZeroWidth", zero_width)
table("kWide", wide)
print("""
// clang-format on

template <size_t kSize>
bool IsIn(const CodeRange (&ranges)[kSize], char32_t code) {
  const CodeRange* range = std::lower_bound(std::begin(ranges), std::end(ranges), code,
                                            [](const CodeRange& entry, char32_t value) { return entry.high < value; });
  return range != std::end(ranges) && range->low <= code;
}

}  // namespace

bool IsShown(char32_t code) { return IsIn(kShown, code); }

bool IsCombining(char32_t code) { return code >= 0x300 && IsIn(kCombining, code); }

int CellsOf(char32_t code) {
  if (code < 0x300) return 1;
  if (IsIn(kZeroWidth, code)) return 0;
  return IsIn(kWide, code) ? 2 : 1;
}

}  // namespace usher""")
