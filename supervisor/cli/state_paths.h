// Where Usher keeps what outlives a run. Pure, given the environment.
//
//   STATE/runs/RUN-ID/events.jsonl     the log
//   STATE/runs/RUN-ID/receipt.md       the receipt, to read
//   STATE/runs/RUN-ID/receipt.json     the receipt, to keep
//   STATE/grants/PROJECT-ID.toml       what was answered for longer than a run

#ifndef USHER_SUPERVISOR_CLI_STATE_PATHS_H_
#define USHER_SUPERVISOR_CLI_STATE_PATHS_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace usher {

// Looks a variable up; nothing when it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

// $USHER_STATE, else $XDG_STATE_HOME/usher, else ~/.local/state/usher. A relative USHER_STATE is an error, because it
// would name another place after every cd; a relative XDG_STATE_HOME is ignored, as its specification wants.
absl::StatusOr<std::string> StateDirectory(const EnvironmentLookup& environment);

struct RunPaths {
  std::string directory, events, receipt_markdown, receipt_json;
};
RunPaths PathsOfRun(std::string_view state, std::string_view run_id);

std::string RunsDirectory(std::string_view state);
std::string GrantsDirectory(std::string_view state);

// A run's id is also a folder's name: letters, digits, "-" and "_" only, so that it can lead nowhere else.
absl::Status CheckRunId(std::string_view run_id);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CLI_STATE_PATHS_H_
