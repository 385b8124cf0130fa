// Thousands of refused calls: the log is to grow until the disk is full, or all time goes into writing it.

#include <cstdint>
#include <filesystem>

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const Crowd crowd(4, [&](int) {
    for (int i = 0; i < 3'000; ++i) close(open(world.note().c_str(), O_WRONLY));
    _exit(0);
  });
  const int code = LetBystanderWork(world);
  for (int i = 0; i < 4; ++i) waitpid(-1, nullptr, 0);
  return code;
}

bool Escaped(Outside& outside) {
  constexpr uintmax_t kSmall = 1 << 19;
  uintmax_t written = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(outside.world().home() + "/.local/state/usher")) {
    if (entry.is_regular_file()) written += entry.file_size();
  }
  return BystanderStuck(outside) || written > kSmall;
}

USHER_ESCAPE({.name = "h_flood_of_refusals", .row = "H: flood, killed callers, no fd left", .attack = &Attack,
              .escaped = &Escaped, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
