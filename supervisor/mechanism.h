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

// Starts the command with what was asked for, or with a listener, and with a tracer should the host not give one. The
// filter of the request is chosen here. FailedPrecondition as Launch has it; any other error says what the host lacks.
absl::StatusOr<Intercepted> LaunchIntercepted(LaunchRequest request, Mechanism asked_for, bool gated);

}  // namespace usher

#endif  // USHER_SUPERVISOR_MECHANISM_H_
