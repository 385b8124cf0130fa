// The texts of the policies that come with Usher, for what reads them when it is built (embed_profiles.cmake writes the
// other half). A run has them as tables: builtin_table.h.

#ifndef USHER_POLICIES_BUILTIN_PROFILES_H_
#define USHER_POLICIES_BUILTIN_PROFILES_H_

#include <string_view>

#include "absl/types/span.h"

namespace usher {

struct BuiltinProfile {
  std::string_view name;    // "developer"
  std::string_view sha256;  // of the text, lower-case hex
  std::string_view text;
};

absl::Span<const BuiltinProfile> BuiltinProfiles();

}  // namespace usher

#endif  // USHER_POLICIES_BUILTIN_PROFILES_H_
