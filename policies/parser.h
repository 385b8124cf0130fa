// TOML text in, Policy out. The language is described in docs/policy-language.md.

#ifndef USHER_POLICIES_PARSER_H_
#define USHER_POLICIES_PARSER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policies/policy.h"

namespace usher {

struct ParsedPolicy {
  Policy policy;
  bool stands_on_builtin = true;  // as where nothing is said; false for extends = [], which stands on nothing
};

// InvalidArgument with "FILE:LINE:COLUMN: what is wrong; what would be right" for anything that is not exactly
// understood: a syntax error, an unknown key (with the nearest known one), a wrong type, a bad pattern, host or range.
absl::StatusOr<ParsedPolicy> ParsePolicy(std::string_view text, std::string_view file, const PolicyContext& context);

// The built-in policies, by name ("developer"). NotFound lists the names there are.
absl::StatusOr<Policy> BuiltinPolicy(std::string_view name, const PolicyContext& context);

// "nearest" known word to a misspelt one, or empty when none is near.
std::string NearestWord(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace usher

#endif  // USHER_POLICIES_PARSER_H_
