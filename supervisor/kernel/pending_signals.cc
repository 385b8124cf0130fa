#include "supervisor/kernel/pending_signals.h"

#include <csignal>
#include <string>

#include "policies/text.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

// The signal set after "Name:\t", 0 when there is none.
uint64_t SetNamed(std::string_view status, std::string_view name) {
  for (const std::string_view line : Split(status, '\n')) {
    if (line.substr(0, name.size()) != name) continue;
    uint64_t set = 0;
    return ParseNumber(line.substr(line.find_last_of("\t ") + 1), &set, 16) ? set : 0;
  }
  return 0;
}

constexpr uint64_t Bit(int signal) { return uint64_t{1} << (signal - 1); }
constexpr uint64_t kSentByPeople = Bit(SIGINT) | Bit(SIGQUIT) | Bit(SIGTERM) | Bit(SIGHUP);
constexpr uint64_t kIgnoredByDefault = Bit(SIGCHLD) | Bit(SIGCONT) | Bit(SIGURG) | Bit(SIGWINCH);

}  // namespace

bool WantsInterruption(std::string_view status, bool asked) {
  // A signal to the process is some thread's to handle; only where there is one thread do we know whose.
  const bool alone = SetNamed(status, "Threads:") == 1;
  const uint64_t pending = SetNamed(status, "SigPnd:") | (alone ? SetNamed(status, "ShdPnd:") : 0);
  const uint64_t idle = kIgnoredByDefault & ~SetNamed(status, "SigCgt:");
  const uint64_t due = pending & ~SetNamed(status, "SigBlk:") & ~SetNamed(status, "SigIgn:") & ~idle;
  return (asked ? due & kSentByPeople : due) != 0;
}

bool WantsInterruption(int32_t tid, bool asked) {
  const auto status = ReadFile(Concat("/proc/", tid, "/status"));
  return status.ok() && WantsInterruption(std::string_view(*status), asked);
}

}  // namespace usher
