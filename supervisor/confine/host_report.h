// What a run would enforce on a host with these features, and what mends the rest. Pure: the probe's facts in, words
// out.

#ifndef USHER_SUPERVISOR_CONFINE_HOST_REPORT_H_
#define USHER_SUPERVISOR_CONFINE_HOST_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/confine/host_probe.h"

namespace usher {

// How a run would be done; docs/design.md, section 7. From good to bad.
enum class HostTier : uint8_t {
  kFull,        // floor, gate, monitor
  kNoFloor,     // no Landlock: the monitor judges every open
  kNoExecStop,  // no ptrace: programs are judged before they start, not after
  kPtrace,      // no listener: every mediated call stops for the tracer
  kStatic,      // Landlock alone, no questions: only when asked for
  kNothing,     // not even that
};

std::string_view ToString(HostTier tier);  // "full", "no-floor", "no-exec-stop", "ptrace", "static", "nothing"

HostTier TierOf(const HostFeatures& features);

// Whether `usher run` starts without being told to accept less.
bool RunsUnasked(HostTier tier);

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
