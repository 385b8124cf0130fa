// Escaped text cut and wrapped by the cells it takes on a screen. An escape (\\u{202E}, \\xFF) and a character with its
// combining marks are never split. Pure.

#ifndef USHER_SUPERVISOR_APPROVAL_SCREEN_TEXT_H_
#define USHER_SUPERVISOR_APPROVAL_SCREEN_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace usher {

// Every character of `escaped`, on as many lines as it takes. Breaks after a slash or at a blank where one is near.
std::vector<std::string> WrapCells(std::string_view escaped, int columns);

// At most `columns` cells: the middle is left out, with a sign that says how many cells.
std::string CutMiddle(std::string_view escaped, int columns);

// Our own escapes in reverse video, so that nobody takes them for characters of the name.
std::string MarkEscapes(std::string_view escaped);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_SCREEN_TEXT_H_
