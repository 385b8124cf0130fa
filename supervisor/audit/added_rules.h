// Which rules of a policy does a reviewer have to read? Those that a file of the person's or the project's adds; what
// is built in is known by its digest.

#ifndef USHER_SUPERVISOR_AUDIT_ADDED_RULES_H_
#define USHER_SUPERVISOR_AUDIT_ADDED_RULES_H_

#include <string_view>
#include <vector>

#include "policies/policy.h"

namespace usher {

struct AddedRule {
  std::string_view text, source;  // `read.allow "~/data"`, "FILE:LINE:COLUMN"
};

// Each line of the layer's file once, though it may be several rules; nothing for a built-in layer.
std::vector<AddedRule> AddedRulesOf(const Policy& layer);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_ADDED_RULES_H_
