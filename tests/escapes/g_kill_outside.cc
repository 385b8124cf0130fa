// A signal to a process of the person's that has nothing to do with the sandbox.

#include <csignal>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Tell("VICTIM", std::to_string(outside.StartVictim({"sleep", "60"}))); }

int Attack(const World&) { return kill(std::atoi(Told("VICTIM").c_str()), SIGKILL); }

bool Escaped(Outside& outside) { return !outside.VictimLives(std::atoi(outside.Told("VICTIM").c_str())); }

USHER_ESCAPE({.name = "g_kill_outside", .row = "G: kill, tgkill, sigqueue, pidfd, group", .prepare = &Prepare,
              .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
