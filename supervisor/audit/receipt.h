// The receipt: what the sandbox could reach and what it did, for the reviewer of a pull request.
//
// Two forms of the same facts: Markdown to read, JSON to keep. Both are pure functions of what the run left behind. Every
// byte that came from the sandbox is escaped for the terminal and for Markdown alike.

#ifndef USHER_SUPERVISOR_AUDIT_RECEIPT_H_
#define USHER_SUPERVISOR_AUDIT_RECEIPT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "policies/grant.h"
#include "policies/ruleset.h"
#include "supervisor/audit/log.h"
#include "supervisor/audit/summary.h"

namespace usher {

struct RunEnd {
  int exit_code = 0;
  std::string ended_by;        // empty, or "SIGTERM", "the person (stop the agent)", …
  int64_t wall_ms = 0;
  int64_t cpu_ms = 0;          // the sandbox's processes, user and system
  int64_t supervisor_cpu_ms = 0;
  int64_t max_rss_kb = 0;
  uint64_t held_calls = 0;     // that waited for Usher
};

struct ReceiptInput {
  const RunInfo& run;
  const RunEnd& end;
  const Summary& summary;
  const Ruleset& rules;
  std::vector<Grant> grants_alive;
  uint64_t log_lines = 0, log_dropped = 0;
  std::string log_head, log_path;
  std::string home;            // shown as "~"
  std::string passing_rules;   // PassingRulesFor
  std::string log_sha256;      // of the whole log file (VerifyLogChain), or empty when nobody read it again
};

// At most 40 lines outside <details>, and short enough for a comment on a pull request: lists are cut, and say how much
// was left out.
std::string ReceiptMarkdown(const ReceiptInput& input);

// An in-toto Statement v1 about the run's log, with Usher's own predicate. Pure ASCII.
std::string ReceiptJson(const ReceiptInput& input);

inline constexpr char kReceiptPredicateType[] = "https://usher.example/agent-run/v1";

// What a comment on GitHub may hold is 65,536 characters; this leaves room for words around the receipt.
inline constexpr size_t kMaxReceiptMarkdown = 60'000;

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_RECEIPT_H_
