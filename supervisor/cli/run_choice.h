// Which run is meant when a person names one, or none.

#ifndef USHER_SUPERVISOR_CLI_RUN_CHOICE_H_
#define USHER_SUPERVISOR_CLI_RUN_CHOICE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace usher {

// The id of the run below `state` that `wanted` names: in full, by the beginning of its id if no other begins alike,
// or, when empty, the one whose log was written to last. NotFound and FailedPrecondition say what there is instead.
absl::StatusOr<std::string> ChooseRun(const std::string& state, std::string_view wanted);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CLI_RUN_CHOICE_H_
