// Which rules would have let pass what nobody was there to answer? For a run that has to do without a person: whoever
// sets it up copies them into a policy file, and need not find out what they are called there.

#ifndef USHER_SUPERVISOR_AUDIT_PASSING_RULES_H_
#define USHER_SUPERVISOR_AUDIT_PASSING_RULES_H_

#include <string>
#include <vector>

#include "supervisor/audit/markdown_text.h"
#include "supervisor/audit/summary.h"

namespace usher {

// Lines of TOML, each a list of docs/policy-language.md with paths and hosts as they were asked for:
// `files.write.allow = ["./x/.git/config"]`. Nothing for what a person refused; left out is what no rule for one name
// answers (a directory that moves with all that is in it), and names that TOML cannot hold.
std::vector<std::string> PassingRulesFor(const Summary& summary, const PathSpelling& spell);

// A path or host as a pattern that matches nothing else, as a string of TOML. Empty for bytes that are no UTF-8.
std::string TomlPattern(std::string_view name);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_PASSING_RULES_H_
