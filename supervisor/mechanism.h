// How do a command's held calls come to the monitor: by a listener, or by a tracer where none can be had?

#ifndef USHER_SUPERVISOR_MECHANISM_H_
#define USHER_SUPERVISOR_MECHANISM_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "supervisor/confine/launcher.h"
#include "supervisor/intercept/interceptor.h"

namespace usher {

enum class Mechanism : uint8_t { kStrongest, kNotify, kPtrace };

struct Intercepted {
  Launched launched;
  std::unique_ptr<Interceptor> interceptor;
  std::string no_listener;  // why it is a tracer although none was asked for; empty otherwise
};

// A command on its way into the box, by what was asked for, or by a listener, and by a tracer should the host not give one.
class Interception {
 public:
  // Keeps `request` for a second attempt.
  static absl::StatusOr<Interception> Start(LaunchRequest request, Mechanism asked_for);

  // As Launch has it; filter and tracing are chosen here.
  absl::Status Confine(Confinement confinement, bool gated);

  // FailedPrecondition as Launch has it; any other error says what the host lacks.
  absl::StatusOr<Intercepted> Await();

 private:
  Interception(LaunchRequest request, Mechanism asked_for, Launch launch);
  absl::StatusOr<Intercepted> AwaitListened();
  absl::StatusOr<Intercepted> AwaitTraced();
  absl::StatusOr<Intercepted> TraceInstead();

  LaunchRequest request_;
  Confinement confinement_;
  Mechanism asked_for_;
  bool gated_ = false;
  Launch launch_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_MECHANISM_H_
