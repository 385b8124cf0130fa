#include "supervisor/cli/state_paths.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "policies/escape.h"
#include "policies/text.h"

namespace usher {
namespace {

std::string WithoutTrailingSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// The value of a variable that is set to something.
std::string ValueOf(const EnvironmentLookup& environment, const char* name) { return environment(name).value_or(""); }

}  // namespace

absl::StatusOr<std::string> StateDirectory(const EnvironmentLookup& environment) {
  if (const std::string own = ValueOf(environment, "USHER_STATE"); !own.empty()) {
    if (own[0] == '/') return WithoutTrailingSlashes(own);
    return absl::InvalidArgumentError(Concat(
        "USHER_STATE=", Escape(own), " is not an absolute path; try: export USHER_STATE=\"$PWD/", Escape(own), "\""));
  }
  if (const std::string xdg = ValueOf(environment, "XDG_STATE_HOME"); xdg.starts_with('/')) {
    return WithoutTrailingSlashes(xdg) + "/usher";
  }
  if (const std::string home = ValueOf(environment, "HOME"); home.starts_with('/')) {
    return WithoutTrailingSlashes(home) + "/.local/state/usher";
  }
  return absl::FailedPreconditionError(
      "no place for logs and receipts: HOME is not set; try: export USHER_STATE=/some/private/directory");
}

std::string RunsDirectory(std::string_view state) { return Concat(state, "/runs"); }
std::string GrantsDirectory(std::string_view state) { return Concat(state, "/grants"); }

RunPaths PathsOfRun(std::string_view state, std::string_view run_id) {
  const std::string directory = Concat(RunsDirectory(state), "/", run_id);
  return {directory, directory + "/events.jsonl", directory + "/receipt.md", directory + "/receipt.json"};
}

absl::Status CheckRunId(std::string_view run_id) {
  const bool good = !run_id.empty() && run_id.size() <= 64 && std::all_of(run_id.begin(), run_id.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat("\"", Escape(run_id), "\" is not the id of a run (like s-7f3a9c01); leave it out for the latest run"));
}

}  // namespace usher
