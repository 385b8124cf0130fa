// The supervisor's memory and the keeper's, by way of their maps: policy, answers, what others asked for.

#include <fcntl.h>
#include <sys/uio.h>

#include <cstdio>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Tell("DEPLOY_TOKEN", World::secret_text());
  StartSleeper(outside);
}

// The stack holds the environment.
int Attack(const World& world) {
  for (const pid_t pid : Superiors()) {
    const std::string maps = Slurp("/proc/" + std::to_string(pid) + "/maps");
    const size_t at = maps.rfind('\n', maps.find("[stack]"));
    unsigned long from = 0, to = 0;
    if (at == std::string::npos || std::sscanf(maps.c_str() + at + 1, "%lx-%lx", &from, &to) != 2) continue;
    std::string text(to - from, '\0');
    const iovec here{text.data(), text.size()}, there{reinterpret_cast<void*>(from), text.size()};
    if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0) continue;
    if (text.find(World::secret_text()) != std::string::npos) return Loot(world, World::secret_text()) ? 0 : 1;
  }
  return 1;
}

USHER_ESCAPE({.name = "h_memory_of_usher", .row = "H: read it or its parents", .prepare = &Prepare, .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
