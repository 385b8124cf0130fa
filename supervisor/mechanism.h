// How do a command's held calls come to the monitor: by a listener, or by a tracer where none can be had? And what is
// left where neither works?

#ifndef USHER_SUPERVISOR_MECHANISM_H_
#define USHER_SUPERVISOR_MECHANISM_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/confine/host_probe.h"
#include "supervisor/confine/launcher.h"
#include "supervisor/intercept/interceptor.h"

namespace usher {

enum class Mechanism : uint8_t { kStrongest, kNotify, kPtrace, kStatic };

struct Intercepted {
  Launched launched;
  std::unique_ptr<Interceptor> interceptor;  // none where no call is held
  HostFeatures found;                        // what the host gave this run (confine/run_features.h)
  std::string no_listener;                   // why it is a tracer although none was asked for; empty otherwise
  std::vector<std::string> taken;  // calls that somebody else's listener answers first, so that they are refused
};

// A command on its way into the box, by what was asked for, or by a listener, and by a tracer should the host not give
// one.
class Interception {
 public:
  // Keeps `request` for a second attempt.
  static absl::StatusOr<Interception> Start(LaunchRequest request, Mechanism asked_for);

  // As Launch has it; filter and tracing are chosen here. `floor_abi`: of the confinement's floor.
  absl::Status Confine(Confinement confinement, bool gated, int floor_abi);

  // FailedPrecondition as Launch has it. Unimplemented: no call can be judged here, and found() says why. Nothing of
  // the command is left then, and it never ran.
  absl::StatusOr<Intercepted> Await();
  const HostFeatures& found() const { return found_; }

  // After such an end, or instead of Confine and Await: with a filter that holds no call, on a floor with nothing above
  // it.
  absl::StatusOr<Intercepted> AwaitStatic(Confinement confinement, int floor_abi);

 private:
  Interception(LaunchRequest request, Mechanism asked_for, Launch launch);
  absl::StatusOr<Intercepted> AwaitListened();
  absl::StatusOr<Intercepted> AwaitTraced();
  absl::StatusOr<Intercepted> TraceInstead(int listener_error);
  absl::Status Relaunch();
  absl::Status TryTracing(int listener_error);

  LaunchRequest request_;
  Confinement confinement_;
  Mechanism asked_for_;
  bool gated_ = false;
  int floor_abi_ = 0;
  Launch launch_;
  HostFeatures found_;
  std::vector<std::string> taken_;
  std::vector<sock_filter> own_filter_;  // where none of those that were built will do
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_MECHANISM_H_
