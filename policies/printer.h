// The policy in force as a person asks about it: what may be read, written, reached? What `usher policy show` prints.

#ifndef USHER_POLICIES_PRINTER_H_
#define USHER_POLICIES_PRINTER_H_

#include <string>

#include "policies/ruleset.h"

namespace usher {

// Six lines at most, each a topic and what is allowed, asked about and never allowed; escaped, newline at the end.
std::string PolicySummary(const Ruleset& ruleset);

// Every rule of every layer, one a line, the strongest layer last: "hide "~/.ssh"   builtin:developer:41:3". Escaped.
std::string FullListing(const Ruleset& ruleset);

}  // namespace usher

#endif  // USHER_POLICIES_PRINTER_H_
