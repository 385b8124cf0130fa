#include "supervisor/approval/owner.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "policies/text.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

uint64_t PidNamespace() {
  struct stat stat;
  return ::stat("/proc/self/ns/pid", &stat) == 0 ? stat.st_ino : 0;
}

// Nothing when there is no such process.
std::optional<uint64_t> StartTicks(int32_t pid) {
  const auto stat = ReadProcStat(pid);
  if (!stat.ok()) return std::nullopt;
  return stat->start_ticks;
}

}  // namespace

std::string NewOwner() {
  uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) random = static_cast<uint64_t>(getpid());
  return Cat(PidNamespace(), ":", getpid(), ":", StartTicks(getpid()).value_or(0), ":", absl::Hex(random));
}

bool OwnerLives(std::string_view owner) {
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(owner), ':');
  uint64_t name_space = 0, start = 0;
  int32_t pid = 0;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &name_space) || !absl::SimpleAtoi(parts[1], &pid) ||
      !absl::SimpleAtoi(parts[2], &start)) {
    return false;
  }
  if (name_space != PidNamespace()) return true;
  return StartTicks(pid) == start;
}

}  // namespace usher
