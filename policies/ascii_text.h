// A policy file as the TOML reader gets to see it: in ASCII.
//
// toml++ 3.3 runs into undefined behaviour on some characters beyond ASCII (it asks whether they are blanks, and its
// table has holes), also in the strings of a proper file. A policy file is untrusted input, so the reader is given
// none: each byte beyond ASCII is written "%C3", a percent sign "%25", and what comes out is turned back.

#ifndef USHER_POLICIES_ASCII_TEXT_H_
#define USHER_POLICIES_ASCII_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace usher {

class AsciiText {
 public:
  // InvalidArgument with "FILE:LINE:COLUMN: ..." for text that is no UTF-8, and for a percent sign in the form of an
  // escape ("\u0025"), which could not be told from our own.
  static absl::StatusOr<AsciiText> Encode(std::string_view text, std::string_view file);

  static std::string Decode(std::string_view ascii);

  const std::string& str() const { return ascii_; }

  // "LINE:COLUMN" of a place in the ASCII text, counted in characters of the text as it was.
  std::string PlaceOf(size_t line, size_t column) const;

 private:
  std::string ascii_;
  std::vector<size_t> line_starts_ = {0};  // in ascii_
  bool encoded_any_ = false;
};

}  // namespace usher

#endif  // USHER_POLICIES_ASCII_TEXT_H_
