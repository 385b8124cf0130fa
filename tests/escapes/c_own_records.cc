// The judge's own papers: policy, grants and the log of an earlier run; read, changed, removed, and moved away with
// what they lie in.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr const char* kPapers[] = {".config/usher/policy.toml", ".local/state/usher/grants.toml",
                                   ".local/state/usher/runs/earlier/events.jsonl"};

// What a policy and a store of grants must look like is not the point: comments.
void Prepare(Outside& outside) {
  for (const std::string paper : kPapers) {
    if (paper.find("grants") != paper.npos && !outside.alone()) continue;
    outside.Write(outside.world().home() + "/" + paper, "version = 1\n# " + World::secret_text());
  }
}

int Attack(const World& world) {
  std::string found;
  for (const std::string paper : kPapers) {
    const std::string path = world.home() + "/" + paper;
    found += Slurp(path) + Slurp(NameOfDescriptor(Pin(path)));
    Spill(path, "version = 1\n");
    truncate(path.c_str(), 0);
  }
  // The log of this very run, wherever it is.
  SpillDescriptor(openat(Pin(world.home() + "/.local/state/usher"), "state", O_WRONLY | O_CREAT, 0644), "x");
  rename((world.home() + "/.config/usher").c_str(), "config");
  rename((world.home() + "/.local/state").c_str(), "state");
  Loot(world, found);
  return 0;
}

bool Escaped(Outside& outside) {
  const World& world = outside.world();
  const std::string earlier = world.home() + "/" + kPapers[2], policy = world.home() + "/" + kPapers[0];
  return Worked(outside, {{"read", TookSecret(outside)},
                          {"policy", outside.Read(policy).find("secret") == std::string::npos},
                          {"log", outside.Read(earlier).find("secret") == std::string::npos}}) ||
         outside.Exists(world.home() + "/.local/state/usher/state");
}

USHER_ESCAPE({.name = "c_own_records",
              .row = "C: policy, audit log",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
