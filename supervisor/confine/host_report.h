// What a run would enforce on a host with these features, and what mends the rest. Pure: the probe's facts in, words
// out.

#ifndef USHER_SUPERVISOR_CONFINE_HOST_REPORT_H_
#define USHER_SUPERVISOR_CONFINE_HOST_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/confine/host_probe.h"
#include "supervisor/confine/host_tier.h"

namespace usher {

// Sentences for the receipt and for --strict: what this host keeps a run from enforcing. Empty on a full host.
std::vector<std::string> NotEnforced(const HostFeatures& features);

struct HostLine {
  enum class State : uint8_t { kWorks, kMissing, kInformation };
  std::string feature;  // "seccomp listener"
  std::string key;      // "new_listener"
  State state = State::kInformation;
  std::string found;   // "works", "busy (EBUSY)", "refused (EPERM)", "ABI 7"
  std::string effect;  // what a run enforces because of it
  std::string mend;    // the one command or option that mends it; empty when nothing needs mending
};

struct HostReport {
  std::vector<HostLine> lines;
  HostTier tier = HostTier::kNothing;
  std::string sentence;
};
HostReport ReportOn(const HostFeatures& features);

// "works", "busy (EBUSY)", "not in this kernel (ENOSYS)", …
std::string ToString(const Attempt& attempt);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_HOST_REPORT_H_
