// Which policy files a run stands on, read and joined: built-in, the person's, the project's.

#ifndef USHER_SUPERVISOR_POLICY_LAYERS_H_
#define USHER_SUPERVISOR_POLICY_LAYERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "policies/policy.h"
#include "supervisor/surroundings.h"

namespace usher {

// From the weakest to the strongest: "builtin:developer", then `file` or, when that is empty, CONFIG/policy.toml if there is
// one, then WORKSPACE/.usher.toml, which can only tighten. What Usher keeps for itself is hidden above all of them.
// The status is a whole sentence, with FILE:LINE:COLUMN where there is one.
absl::StatusOr<std::vector<Policy>> ReadPolicyLayers(const Surroundings& around, const std::string& temporary,
                                                     const std::string& file);

PolicyContext ContextFor(const Surroundings& around, const std::string& temporary);

}  // namespace usher

#endif  // USHER_SUPERVISOR_POLICY_LAYERS_H_
