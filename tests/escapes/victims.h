// Victims to aim at, and whom a process of the sandbox finds above itself.

#ifndef USHER_TESTS_ESCAPES_VICTIMS_H_
#define USHER_TESTS_ESCAPES_VICTIMS_H_

#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/escapes/escape.h"

namespace usher::escapes {

inline void StartSleeper(Outside& outside) { outside.Tell("VICTIM", std::to_string(outside.StartVictim({"sleep", "60"}))); }
inline pid_t VictimPid() { return std::atoi(Told("VICTIM").c_str()); }
inline bool VictimDied(Outside& outside) { return !outside.VictimLives(std::atoi(outside.Told("VICTIM").c_str())); }
inline std::string OfVictim(Outside& outside, const char* file) {
  return outside.Read("/proc/" + outside.Told("VICTIM") + "/" + file);
}

// The victim, and under Usher the keeper (our parent's parents' last) and usher itself, which was there just before it.
inline std::vector<pid_t> Superiors() {
  std::vector<pid_t> all{VictimPid()};
  const pid_t parent = getppid();
  if (Told("USHER_SESSION").empty()) return all;  // alone, our parent is the judge
  for (pid_t id = parent; id > 1 && id > parent - 4; --id) all.push_back(id);
  return all;
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_VICTIMS_H_
