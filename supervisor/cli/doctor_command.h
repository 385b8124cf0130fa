// usher doctor: what this host lets a run enforce, and the one command that mends each gap.

#ifndef USHER_SUPERVISOR_CLI_DOCTOR_COMMAND_H_
#define USHER_SUPERVISOR_CLI_DOCTOR_COMMAND_H_

#include <cstdio>

#include "supervisor/confine/host_probe.h"

namespace usher {

struct DoctorOptions {
  bool json = false;
  bool strict = false;  // judge as `usher run --strict` would: anything less than all is a refusal
};

// Exit code: 0 when `usher run` would start here, 69 when it would refuse.
int ReportHost(const DoctorOptions& options, const HostFeatures& features, std::FILE* out);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CLI_DOCTOR_COMMAND_H_
