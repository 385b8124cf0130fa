#include "supervisor/cli/run_choice.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/cli/state_paths.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

struct FoundRun {
  int64_t last_written_ns;
  std::string id;
  bool operator<(const FoundRun& other) const {
    return std::pair(last_written_ns, id) < std::pair(other.last_written_ns, other.id);
  }
};

absl::StatusOr<std::vector<FoundRun>> RunsBelow(const std::string& state) {
  const std::string runs = RunsDirectory(state);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(runs.c_str()), &closedir);
  std::vector<FoundRun> found;
  if (directory == nullptr) {
    if (errno == ENOENT) return found;
    return ErrnoStatus(Concat("opendir(\"", runs, "\")"));
  }
  while (const dirent* entry = readdir(directory.get())) {
    struct stat log;
    if (!CheckRunId(entry->d_name).ok() || stat(PathsOfRun(state, entry->d_name).events.c_str(), &log) < 0) continue;
    found.push_back({int64_t{log.st_mtim.tv_sec} * 1'000'000'000 + log.st_mtim.tv_nsec, entry->d_name});
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

absl::StatusOr<std::string> ChooseRun(const std::string& state, std::string_view wanted) {
  if (!wanted.empty()) USHER_RETURN_IF_ERROR(CheckRunId(wanted));
  USHER_ASSIGN_OR_RETURN(const std::vector<FoundRun> runs, RunsBelow(state));
  if (runs.empty()) {
    return absl::NotFoundError(Concat("no run is recorded in ", Escape(state), "; start one: usher run -- COMMAND"));
  }
  if (wanted.empty()) return runs.back().id;

  std::vector<std::string> alike;
  for (const FoundRun& run : runs) {
    if (run.id == wanted) return run.id;
    if (run.id.starts_with(wanted)) alike.push_back(run.id);
  }
  if (alike.size() == 1) return alike[0];
  if (alike.empty()) {
    return absl::NotFoundError(Concat("no run ", wanted, " in ", Escape(state), "; the latest is ", runs.back().id));
  }
  return absl::FailedPreconditionError(Concat(wanted, " could be ", alike.size(), " runs, ", alike[0], " and ",
                                              alike[1], " among them; write more of it"));
}

}  // namespace usher
