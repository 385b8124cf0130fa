// What does a run say on the terminal when it is over?

#ifndef USHER_SUPERVISOR_AUDIT_CLOSING_LINE_H_
#define USHER_SUPERVISOR_AUDIT_CLOSING_LINE_H_

#include <string>

#include "supervisor/audit/markdown_text.h"
#include "supervisor/audit/summary.h"

namespace usher {

// "4 asked, 2 denied: bind 0.0.0.0:3000, create x/.git/config": a few of them, those that nobody answered before those
// that a rule refuses. Escaped, and quoted where a name is more than letters. Empty where nothing was asked or denied.
std::string ClosingLine(const Summary& summary, const PathSpelling& spell);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_CLOSING_LINE_H_
