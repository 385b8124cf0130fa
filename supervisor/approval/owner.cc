#include "supervisor/approval/owner.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "policies/text.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

uint64_t PidNamespace() {
  struct stat stat;
  return ::stat("/proc/self/ns/pid", &stat) == 0 ? stat.st_ino : 0;
}

// Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and brackets, so count from its end.
std::optional<uint64_t> StartTicks(int64_t pid) {
  const UniqueFd fd(open(Cat("/proc/", pid, "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::array<char, 2048> text;
  const ssize_t size = read(fd.get(), text.data(), text.size());
  if (size <= 0) return std::nullopt;
  const std::string_view line(text.data(), static_cast<size_t>(size));
  const size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(ToAbsl(line.substr(name_end + 1)), ' ', absl::SkipEmpty());
  uint64_t ticks = 0;
  if (fields.size() < 20 || !absl::SimpleAtoi(fields[19], &ticks)) return std::nullopt;
  return ticks;
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
  int64_t pid = 0;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &name_space) || !absl::SimpleAtoi(parts[1], &pid) ||
      !absl::SimpleAtoi(parts[2], &start)) {
    return false;
  }
  if (name_space != PidNamespace()) return true;
  return StartTicks(pid) == start;
}

}  // namespace usher
