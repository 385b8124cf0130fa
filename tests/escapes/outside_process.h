// A process outside as a way to what is outside: its entries of /proc, by every road that leads to one.

#ifndef USHER_TESTS_ESCAPES_OUTSIDE_PROCESS_H_
#define USHER_TESTS_ESCAPES_OUTSIDE_PROCESS_H_

#include <unistd.h>

#include <string>
#include <vector>

#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {

// Outside: starts a shell of the person's, and waits until it has come so far that `path` (of /proc/PID) is there.
inline void StartShell(Outside& outside, const std::string& script, const std::string& path) {
  const int pid = outside.StartVictim({"sh", "-c", script});
  outside.Tell("VICTIM", std::to_string(pid));
  const std::string ready = "/proc/" + std::to_string(pid) + "/" + path;
  for (int i = 0; i < 4000 && access(ready.c_str(), F_OK) < 0; ++i) usleep(5000);
}

// Inside: the victim's entry.
inline std::string VictimEntry(const std::string& entry = "") { return "/proc/" + Told("VICTIM") + "/" + entry; }

inline const std::vector<std::string> kRoads = {"name", "task", "pinned", "directory", "cwd"};

// Reads /proc/VICTIM/`entry` along all roads, each into loot of its own.
inline void LootVictim(const World& world, const std::string& entry) {
  LootBy(world, "name", Slurp(VictimEntry(entry)));
  LootBy(world, "task", Slurp(VictimEntry("task/" + Told("VICTIM") + "/" + entry)));
  LootBy(world, "pinned", Slurp(NameOfDescriptor(Pin(VictimEntry(entry)))));
  LootBy(world, "directory", SlurpAt(Pin(VictimEntry()), entry.c_str()));
  if (chdir(VictimEntry().c_str()) == 0) LootBy(world, "cwd", Slurp(entry));
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_OUTSIDE_PROCESS_H_
