// How untrusted bytes become JSON text.
//
// JSON holds Unicode only, Linux names are bytes. A value that is not UTF-8 is written twice: readable, with U+FFFD
// where it is broken, and exactly, as base64 in a twin field whose key ends in "_b64". What a terminal would obey or
// hide (control, bidi, zero-width, tag characters) is written as \u escapes, so that a log can be looked at with cat.

#ifndef USHER_SUPERVISOR_AUDIT_JSON_TEXT_H_
#define USHER_SUPERVISOR_AUDIT_JSON_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace usher {

// Strict: no overlong form, no surrogate, nothing above U+10FFFF.
bool IsUnicode(std::string_view bytes);

// Valid text unchanged; U+FFFD for each byte that belongs to no valid sequence.
std::string ToUnicode(std::string_view bytes);

// Appends `"…"`.
void AppendJsonString(std::string& out, std::string_view bytes);

// Appends `"key":"…"` and, when needed, `,"key_b64":"…"`. `key` needs no escaping. Longer than 16 KiB: the first 16 KiB
// and `,"key_length":N`.
void AppendJsonField(std::string& out, std::string_view key, std::string_view bytes);

// Appends `"key":["…","…"]`; when one of them is not UTF-8, `,"key_b64":[…]` with all of them. More than 64 KiB in all:
// the first ones and `,"key_left_out":N`.
void AppendJsonList(std::string& out, std::string_view key, const std::vector<std::string>& values);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_JSON_TEXT_H_
