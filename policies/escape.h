// Text from a tracee, made safe to show. Escaped, never stripped: what a person reads names exactly one byte string.

#ifndef USHER_POLICIES_ESCAPE_H_
#define USHER_POLICIES_ESCAPE_H_

#include <string>
#include <string_view>

namespace usher {

// Printable text stays; a backslash becomes "\\"; invalid UTF-8 becomes "\xHH"; control, format (bidi, zero width,
// tag), private, unassigned, separator characters and every blank but a single inner U+0020 become "\u{HEX}"; more than
// two combining marks in a row are escaped too.
std::string Escape(std::string_view text);

// The same, cut to `columns` cells from the middle with "…[N bytes]…" in between; the last component of a path and a
// host are never cut into. Full text is one key away where this is used.
std::string EscapeToWidth(std::string_view text, int columns);

// Cells that an escaped text takes on a terminal.
int DisplayWidth(std::string_view escaped);

}  // namespace usher

#endif  // USHER_POLICIES_ESCAPE_H_
