// Which rules would have let pass what nobody was there to answer? For a run that has to do without a person: whoever
// sets it up copies them into a policy file, and need not find out what they are called there.

#ifndef USHER_SUPERVISOR_AUDIT_PASSING_RULES_H_
#define USHER_SUPERVISOR_AUDIT_PASSING_RULES_H_

#include <string>
#include <string_view>

#include "policies/ruleset.h"
#include "supervisor/audit/markdown_text.h"
#include "supervisor/audit/summary.h"

namespace usher {

// TOML, as it stands in a person's policy file: each path and host by itself, with a comment where it is a secret or
// runs later. Every line was tried: with all of them beside `rules`, what was asked is allowed. Left out, and counted
// in a comment, is what no rule for one name answers: what a project's file asks about, a directory that moves with all
// that is in it, a port that the kernel chooses. Empty where nothing is left to be said. Printable, and without a
// backtick.
std::string PassingRulesFor(const Summary& summary, const Ruleset& rules, const PathSpelling& spell);

// A name as a string of TOML whose value is a pattern that matches this very name. Empty for bytes that are no UTF-8.
std::string TomlPattern(std::string_view name);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_PASSING_RULES_H_
