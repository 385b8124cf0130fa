// Which lines of a project's file would loosen something, and cannot? Whoever wrote them should hear of it: a file that
// may only tighten is believed where it refuses, and its other lines look as if they worked.

#ifndef USHER_POLICIES_IDLE_RULES_H_
#define USHER_POLICIES_IDLE_RULES_H_

#include <string_view>
#include <vector>

#include "policies/decision.h"
#include "policies/ruleset.h"

namespace usher {

struct IdleRule {
  std::string_view text, source;  // `read.allow "~/data"`, "FILE:LINE:COLUMN"; as long as the ruleset lives
  Verdict verdict;                // what holds there instead
};

// A line that makes a hole in a stricter one of its own file is not idle, nor is a pattern with a star, which stands
// for names that nobody knows yet.
std::vector<IdleRule> IdleRulesOf(const Ruleset& ruleset);

}  // namespace usher

#endif  // USHER_POLICIES_IDLE_RULES_H_
