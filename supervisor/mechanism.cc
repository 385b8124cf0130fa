#include "supervisor/mechanism.h"

#include <cerrno>
#include <utility>

#include "policies/text.h"
#include "supervisor/confine/filter.h"
#include "supervisor/confine/host_report.h"
#include "supervisor/confine/host_tier.h"
#include "supervisor/confine/probe_trace.h"
#include "supervisor/confine/run_features.h"
#include "supervisor/intercept/notify_interceptor.h"
#include "supervisor/intercept/ptrace_interceptor.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

// What keeps calls from being judged, of those things that were tried.
absl::Status CannotJudge(const HostFeatures& features) {
  std::string list;
  for (const auto& [what, attempt] :
       {std::pair{"tracing of calls", features.trace_calls}, std::pair{"pidfd_getfd", features.pidfd_getfd},
        std::pair{"process_vm_readv", features.process_vm_readv}, std::pair{"openat2", features.openat2}}) {
    const bool spare = features.new_listener.ok() && (what == std::string_view("pidfd_getfd"));
    if (attempt.ok() || spare || attempt.error == Attempt::kUntried) continue;
    AppendTo(list, list.empty() ? "" : ", ", what, ": ", ToString(attempt));
  }
  return absl::UnimplementedError(ToAbsl(list));
}

}  // namespace

Interception::Interception(LaunchRequest request, Mechanism asked_for, Launch launch)
    : request_(std::move(request)), asked_for_(asked_for), launch_(std::move(launch)) {}

absl::StatusOr<Interception> Interception::Start(LaunchRequest request, Mechanism asked_for) {
  USHER_ASSIGN_OR_RETURN(Launch launch, Launch::Start(request));
  return Interception(std::move(request), asked_for, std::move(launch));
}

absl::Status Interception::Confine(Confinement confinement, bool gated, int floor_abi) {
  gated_ = gated;
  floor_abi_ = floor_abi;
  confinement_ = std::move(confinement);
  if (asked_for_ == Mechanism::kPtrace) {
    confinement_.calls_go = CallsGo::kToTracer;
    confinement_.filter = gated_ ? GatedTraceFilter() : TraceFilter();
    if (!taken_.empty()) {
      const std::vector<std::string_view> taken(taken_.begin(), taken_.end());
      own_filter_ = RefusingFirst(taken, confinement_.filter);
      confinement_.filter = own_filter_;
    }
  } else {
    confinement_.calls_go = CallsGo::kToListener;
    confinement_.filter = gated_ ? GatedFilter() : NotifyFilter();
  }
  return launch_.Confine(confinement_);
}

absl::StatusOr<Intercepted> Interception::Await() {
  if (asked_for_ == Mechanism::kPtrace) return AwaitTraced();
  auto listened = AwaitListened();
  if (!LacksListener(listened.status())) return listened;
  found_.new_listener.error = ErrnoOf(listened.status());
  if (asked_for_ == Mechanism::kNotify) return absl::UnimplementedError(listened.status().message());
  const std::string why(FromAbsl(listened.status().message()));
  auto traced = TraceInstead(ErrnoOf(listened.status()));
  if (traced.ok()) {
    traced->no_listener = why;
  } else if (absl::IsUnimplemented(traced.status())) {
    return absl::UnimplementedError(
        ToAbsl(Concat(why, "; nor can calls be traced: ", FromAbsl(traced.status().message()))));
  }
  return traced;
}

absl::StatusOr<Intercepted> Interception::AwaitListened() {
  USHER_ASSIGN_OR_RETURN(Launched launched, launch_.Await());
  found_ = FeaturesOfListenedRun(launched, floor_abi_);
  if (!JudgesByListener(found_)) {
    EndLaunched(launched, request_.temporary);
    if (!found_.add_fd.ok()) return WithoutListener(ErrnoStatus("SECCOMP_IOCTL_NOTIF_ADDFD", found_.add_fd.error));
    return CannotJudge(found_);
  }
  auto interceptor = std::make_unique<NotifyInterceptor>(std::move(launched.listener), launched.wait_killable);
  interceptor->set_asks_for_descriptors(AsksForDescriptors(found_));
  return Intercepted{std::move(launched), std::move(interceptor), found_, "", {}};
}

absl::StatusOr<Intercepted> Interception::AwaitTraced() {
  auto interceptor = std::make_unique<PtraceInterceptor>();
  USHER_ASSIGN_OR_RETURN(Launched launched, launch_.Await());
  if (MayBeListenedTo(launched.listener_error) && !found_.trace_calls.ok()) {
    EndLaunched(launched, request_.temporary);
    return TraceInstead(launched.listener_error);
  }
  const Attempt listener = found_.new_listener;  // as it was, should this be the second attempt
  found_ = FeaturesOfTracedRun(launched, floor_abi_, static_cast<int>(taken_.size()));
  if (listener.error > 0) found_.new_listener = listener;
  if (JudgesByTracer(found_)) {
    found_.trace_calls.error = found_.ptrace_seize.error = ErrnoOf(launch_.LetGo(launched));
  }
  if (!JudgesByTracer(found_)) {
    EndLaunched(launched, request_.temporary);
    return CannotJudge(found_);
  }
  return Intercepted{std::move(launched), std::move(interceptor), found_, "", taken_};
}

// Below somebody's listener it is tried out first which calls come to a tracer at all.
absl::StatusOr<Intercepted> Interception::TraceInstead(int listener_error) {
  USHER_RETURN_IF_ERROR(TryTracing(listener_error));
  asked_for_ = Mechanism::kPtrace;
  USHER_RETURN_IF_ERROR(Relaunch());
  USHER_RETURN_IF_ERROR(Confine(std::move(confinement_), gated_, floor_abi_));
  return AwaitTraced();
}

absl::Status Interception::TryTracing(int listener_error) {
  const TraceTrial trial = TryTraceCalls(listener_error);
  found_.trace_calls.error = trial.Verdict();
  if (!found_.trace_calls.ok()) return CannotJudge(found_);
  taken_ = trial.taken;
  return absl::OkStatus();
}

absl::Status Interception::Relaunch() {
  { const Launch failed = std::move(launch_); }  // with its temporary directory, whose name is used again
  USHER_ASSIGN_OR_RETURN(launch_, Launch::Start(request_));
  return absl::OkStatus();
}

absl::StatusOr<Intercepted> Interception::AwaitStatic(Confinement confinement, int floor_abi) {
  const HostFeatures here = FeaturesOfStaticRun(floor_abi);
  const bool instead = asked_for_ != Mechanism::kStatic;
  if (!instead) found_ = here;
  for (Attempt HostFeatures::*place :
       {&HostFeatures::no_new_privs, &HostFeatures::seccomp_filter, &HostFeatures::openat2, &HostFeatures::landlock,
        &HostFeatures::pidfd_open, &HostFeatures::close_range_unshare}) {
    found_.*place = here.*place;
  }
  found_.landlock_abi = floor_abi;
  if (TierOf(found_) == HostTier::kNothing) return CannotJudge(found_);
  if (instead) USHER_RETURN_IF_ERROR(Relaunch());
  own_filter_ = StaticFilterBelow(floor_abi);
  confinement.filter = own_filter_;
  confinement.calls_go = CallsGo::kNowhere;
  confinement.floor_gives_writes = true;
  USHER_RETURN_IF_ERROR(launch_.Confine(confinement));
  USHER_ASSIGN_OR_RETURN(Launched launched, launch_.Await());
  return Intercepted{std::move(launched), nullptr, found_, "", {}};
}

}  // namespace usher
