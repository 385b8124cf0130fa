// The tiers: how a run is done with what a host gives. Defined here and nowhere else; docs/design.md explains them.
// Pure.

#ifndef USHER_SUPERVISOR_CONFINE_HOST_TIER_H_
#define USHER_SUPERVISOR_CONFINE_HOST_TIER_H_

#include <cstdint>
#include <string_view>

#include "supervisor/confine/host_probe.h"

namespace usher {

// From good to bad.
enum class HostTier : uint8_t {
  kFull,        // floor, listener, stop at every exec
  kNoFloor,     // no Landlock: the monitor alone
  kNoExecStop,  // no ptrace: programs are judged before they start, not after
  kPtrace,      // no listener: every mediated call stops for the tracer
  kStatic,      // no call can be judged: Landlock and a fixed filter, no questions; only when asked for
  kNothing,     // not even that
};

std::string_view ToString(HostTier tier);  // "full", "no-floor", "no-exec-stop", "ptrace", "static", "nothing"

// What a run in this tier is, for a person.
std::string_view SentenceFor(HostTier tier);

HostTier TierOf(const HostFeatures& features);

// Whether calls that wait for a listener can be judged here, and likewise those that stop for a tracer.
bool JudgesByListener(const HostFeatures& features);
bool JudgesByTracer(const HostFeatures& features);

// Whether those who wait for a listener are made to hand over their descriptors, which nobody may take here.
bool AsksForDescriptors(const HostFeatures& features);

// Whether `usher run` starts without being told to accept less.
bool RunsUnasked(HostTier tier);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_HOST_TIER_H_
