// What a terminal makes of a code point. Tables of one Unicode version; what was unassigned then counts as not shown.

#ifndef USHER_POLICIES_UNICODE_RANGES_H_
#define USHER_POLICIES_UNICODE_RANGES_H_

namespace usher {

// Draws something of its own: no control, format, private, unassigned, separator or blank character. U+0020 is a blank.
bool IsShown(char32_t code);

// Is drawn onto the character before it.
bool IsCombining(char32_t code);

// Cells that a shown character takes: 0, 1 or 2.
int CellsOf(char32_t code);

}  // namespace usher

#endif  // USHER_POLICIES_UNICODE_RANGES_H_
