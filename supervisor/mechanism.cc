#include "supervisor/mechanism.h"

#include <utility>

#include "policies/text.h"
#include "supervisor/confine/filter.h"
#include "supervisor/confine/host_probe.h"
#include "supervisor/confine/host_report.h"
#include "supervisor/intercept/notify_interceptor.h"
#include "supervisor/intercept/ptrace_interceptor.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

absl::StatusOr<Intercepted> LaunchListened(LaunchRequest& request, bool gated) {
  request.filter = gated ? GatedFilter() : NotifyFilter();
  USHER_ASSIGN_OR_RETURN(Launched launched, Launch(request));
  auto interceptor = std::make_unique<NotifyInterceptor>(std::move(launched.listener), launched.wait_killable);
  return Intercepted{std::move(launched), std::move(interceptor), ""};
}

// Tried out first: below a listener of somebody else's, calls could run that never stop for a tracer.
absl::StatusOr<Intercepted> LaunchTraced(LaunchRequest& request, bool gated) {
  const HostFeatures features = Probe();
  for (const auto& [what, attempt] :
       {std::pair{"tracing of calls", features.trace_calls}, std::pair{"pidfd_getfd", features.pidfd_getfd},
        std::pair{"process_vm_readv", features.process_vm_readv}}) {
    if (!attempt.ok()) return absl::UnimplementedError(ToAbsl(Concat(what, ": ", ToString(attempt))));
  }
  request.filter = gated ? GatedTraceFilter() : TraceFilter();
  request.traced = true;
  auto interceptor = std::make_unique<PtraceInterceptor>();
  USHER_ASSIGN_OR_RETURN(Launched launched, Launch(request));
  return Intercepted{std::move(launched), std::move(interceptor), ""};
}

}  // namespace

absl::StatusOr<Intercepted> LaunchIntercepted(LaunchRequest request, Mechanism asked_for, bool gated) {
  if (asked_for == Mechanism::kPtrace) return LaunchTraced(request, gated);
  auto listened = LaunchListened(request, gated);
  if (asked_for == Mechanism::kNotify || !LacksListener(listened.status())) return listened;
  const std::string why(FromAbsl(listened.status().message()));
  auto traced = LaunchTraced(request, gated);
  if (traced.ok()) {
    traced->no_listener = why;
  } else if (!absl::IsFailedPrecondition(traced.status())) {
    return absl::UnimplementedError(
        ToAbsl(Concat(why, "; nor can calls be traced: ", FromAbsl(traced.status().message()))));
  }
  return traced;
}

}  // namespace usher
