// BuiltinPolicy: the policies that come with the program, from profiles/*.toml.

#include "absl/status/status.h"
#include "policies/builtin_profiles.h"
#include "policies/escape.h"
#include "policies/parser.h"
#include "policies/text.h"

namespace usher {

absl::StatusOr<Policy> BuiltinPolicy(std::string_view name, const PolicyContext& context) {
  std::string names;
  for (const BuiltinProfile& profile : BuiltinProfiles()) {
    names += Cat(names.empty() ? "" : ", ", profile.name);
    if (profile.name != name) continue;
    absl::StatusOr<ParsedPolicy> parsed = ParsePolicy(profile.text, Cat("builtin:", name), context);
    if (!parsed.ok()) return parsed.status();
    return std::move(parsed->policy);
  }
  return absl::NotFoundError(Cat("there is no built-in policy \"", Escape(name), "\"; there are: ", names));
}

}  // namespace usher
