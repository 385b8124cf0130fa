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

// Tried out first: below a listener of somebody else's, calls could run that never stop for a tracer.
absl::Status CheckTracing() {
  const HostFeatures features = Probe();
  for (const auto& [what, attempt] :
       {std::pair{"tracing of calls", features.trace_calls}, std::pair{"pidfd_getfd", features.pidfd_getfd},
        std::pair{"process_vm_readv", features.process_vm_readv}}) {
    if (!attempt.ok()) return absl::UnimplementedError(ToAbsl(Concat(what, ": ", ToString(attempt))));
  }
  return absl::OkStatus();
}

}  // namespace

Interception::Interception(LaunchRequest request, Mechanism asked_for, Launch launch)
    : request_(std::move(request)), asked_for_(asked_for), launch_(std::move(launch)) {}

absl::StatusOr<Interception> Interception::Start(LaunchRequest request, Mechanism asked_for) {
  if (asked_for == Mechanism::kPtrace) USHER_RETURN_IF_ERROR(CheckTracing());
  USHER_ASSIGN_OR_RETURN(Launch launch, Launch::Start(request));
  return Interception(std::move(request), asked_for, std::move(launch));
}

absl::Status Interception::Confine(Confinement confinement, bool gated) {
  gated_ = gated;
  confinement_ = std::move(confinement);
  confinement_.traced = asked_for_ == Mechanism::kPtrace;
  if (confinement_.traced) {
    confinement_.filter = gated_ ? GatedTraceFilter() : TraceFilter();
  } else {
    confinement_.filter = gated_ ? GatedFilter() : NotifyFilter();
  }
  return launch_.Confine(confinement_);
}

absl::StatusOr<Intercepted> Interception::Await() {
  if (asked_for_ == Mechanism::kPtrace) return AwaitTraced();
  auto listened = AwaitListened();
  if (asked_for_ == Mechanism::kNotify || !LacksListener(listened.status())) return listened;
  const std::string why(FromAbsl(listened.status().message()));
  auto traced = TraceInstead();
  if (traced.ok()) {
    traced->no_listener = why;
  } else if (!absl::IsFailedPrecondition(traced.status())) {
    return absl::UnimplementedError(
        ToAbsl(Concat(why, "; nor can calls be traced: ", FromAbsl(traced.status().message()))));
  }
  return traced;
}

absl::StatusOr<Intercepted> Interception::AwaitListened() {
  USHER_ASSIGN_OR_RETURN(Launched launched, launch_.Await());
  auto interceptor = std::make_unique<NotifyInterceptor>(std::move(launched.listener), launched.wait_killable);
  return Intercepted{std::move(launched), std::move(interceptor), ""};
}

absl::StatusOr<Intercepted> Interception::AwaitTraced() {
  auto interceptor = std::make_unique<PtraceInterceptor>();
  USHER_ASSIGN_OR_RETURN(Launched launched, launch_.Await());
  return Intercepted{std::move(launched), std::move(interceptor), ""};
}

absl::StatusOr<Intercepted> Interception::TraceInstead() {
  { const Launch failed = std::move(launch_); }  // with its temporary directory, whose name is used again
  USHER_RETURN_IF_ERROR(CheckTracing());
  asked_for_ = Mechanism::kPtrace;
  USHER_ASSIGN_OR_RETURN(launch_, Launch::Start(request_));
  USHER_RETURN_IF_ERROR(Confine(std::move(confinement_), gated_));
  return AwaitTraced();
}

}  // namespace usher
