// What in a run deserves a second look. Both forms of the receipt name the same things in the same order.

#ifndef USHER_SUPERVISOR_AUDIT_RECEIPT_ATTENTION_H_
#define USHER_SUPERVISOR_AUDIT_RECEIPT_ATTENTION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/audit/log.h"
#include "supervisor/audit/summary.h"

namespace usher {

struct Attention {
  enum class Why : uint8_t {
    kUnwatched,   // no call was held
    kRunsLater,   // written, and run later by something outside the sandbox
    kEscape,      // a door out of the sandbox was used
    kSecret,      // credentials were touched
    kByHand,      // a place on the network that a person let through
    kDenied,      // refused
    kIncomplete,  // the log lacks lines
  };
  Why why;
  std::string object;  // raw
};

// The gravest first. `total` counts also what the bounded lists of the summary no longer name.
struct AttentionList {
  std::vector<Attention> items;
  uint64_t total = 0;
};
AttentionList AttentionFor(const RunInfo& run, const Summary& summary, uint64_t log_dropped);

// "runs later, outside the sandbox".
std::string_view ToString(Attention::Why why);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_RECEIPT_ATTENTION_H_
