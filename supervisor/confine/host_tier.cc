#include "supervisor/confine/host_tier.h"

namespace usher {
namespace {

// What every start needs, whatever holds the run; and nothing is laid or looked up by names that could race.
bool CanStart(const HostFeatures& features) {
  return features.no_new_privs.ok() && features.seccomp_filter.ok() && features.pidfd_open.ok() &&
         features.close_range_unshare.ok() && features.openat2.ok();
}

// Whoever answers has to be able to look at arguments.
bool CanJudge(const HostFeatures& features) { return CanStart(features) && features.process_vm_readv.ok(); }

}  // namespace

std::string_view ToString(HostTier tier) {
  switch (tier) {
    case HostTier::kFull:
      return "full";
    case HostTier::kNoFloor:
      return "no-floor";
    case HostTier::kNoExecStop:
      return "no-exec-stop";
    case HostTier::kPtrace:
      return "ptrace";
    case HostTier::kStatic:
      return "static";
    case HostTier::kNothing:
      return "nothing";
  }
  return "";
}

std::string_view SentenceFor(HostTier tier) {
  switch (tier) {
    case HostTier::kFull:
      return "A run here is enforced in full: the kernel bounds, the monitor decides every mediated call.";
    case HostTier::kNoFloor:
      return "A run here is enforced by the monitor alone: every call is judged, but without Landlock nothing holds "
             "below it.";
    case HostTier::kNoExecStop:
      return "A run here is enforced, but programs are judged by the path they are asked for: the started image is "
             "not checked before its first instruction.";
    case HostTier::kPtrace:
      return "A run here is enforced by tracing: the same policy, slower, because the seccomp listener cannot be had.";
    case HostTier::kStatic:
      return "usher run refuses this host: no call can be judged here. With --allow-degraded it enforces fixed limits "
             "only, asks nothing, and says so in the receipt.";
    case HostTier::kNothing:
      return "usher run refuses this host: it can enforce nothing here.";
  }
  return "";
}

bool JudgesByListener(const HostFeatures& features) {
  return CanJudge(features) && features.new_listener.ok() && features.add_fd.ok();
}

// Descriptors are handed over through a socket, whose other end is taken out of the tracee.
bool JudgesByTracer(const HostFeatures& features) {
  return CanJudge(features) && features.trace_calls.ok() && features.pidfd_getfd.ok();
}

bool AsksForDescriptors(const HostFeatures& features) {
  return JudgesByListener(features) && !features.pidfd_getfd.ok() && features.ptrace_seize.ok();
}

HostTier TierOf(const HostFeatures& features) {
  if (JudgesByListener(features)) {
    if (!features.ptrace_seize.ok()) return HostTier::kNoExecStop;
    return features.landlock.ok() ? HostTier::kFull : HostTier::kNoFloor;
  }
  if (JudgesByTracer(features)) return HostTier::kPtrace;
  return CanStart(features) && features.landlock.ok() ? HostTier::kStatic : HostTier::kNothing;
}

bool RunsUnasked(HostTier tier) { return tier < HostTier::kStatic; }

}  // namespace usher
