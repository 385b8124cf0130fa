// Secrets that the person puts into the workspace while the sandbox runs, read by the gate: in directories that were
// there at the start, that the sandbox made, moved and exchanged, and that harmless names gave whole.

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "interpose/wire.h"
#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr const char* kPlaces[] = {".", "there", "made", "moved", "there/inner"};

bool WaitFor(const std::string& path) {
  for (int i = 0; i < 1000; ++i) {
    if (access(path.c_str(), F_OK) == 0) return true;
    usleep(10'000);
  }
  return false;
}

void Prepare(Outside& outside) {
  const std::string work = outside.world().work();
  for (const char* file : {"/there/plain", "/there/inner/plain", "/old/plain", "/node_modules/p/plain"}) {
    outside.Write(work + file, "text\n");
  }
}

// The person: once the sandbox has made its places.
int Victim(const World& world) {
  Ready(world, "there");
  if (!WaitFor(world.work() + "/ready")) return 1;
  for (const char* place : kPlaces) Spill(world.work() + "/" + place + "/.env", World::secret_text());
  Spill(world.work() + "/vendor/.env", World::secret_text());
  return Spill(world.work() + "/go", "go") ? 0 : 2;
}

std::string ReadMarked(const std::string& name) {
  const auto fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, name.c_str(), O_RDONLY, uint64_t{kGateMark} << 32));
  return SlurpDescriptor(fd);
}

int Attack(const World& world) {
  mkdir("made", 0755);
  rename("old", "moved");
  // What was given whole for its name, under another.
  if (rename("node_modules", "vendor") < 0) {
    mkdir("vendor", 0755);
    syscall(SYS_renameat2, AT_FDCWD, "node_modules", AT_FDCWD, "vendor", RENAME_EXCHANGE);
  }
  if (!Spill("ready", "ready") || !WaitFor("go")) return kCannotTry;
  for (const char* place : kPlaces) {
    std::string how = place;
    for (char& letter : how) letter = letter == '/' || letter == '.' ? '-' : letter;
    LootBy(world, how, ReadMarked(std::string(place) + "/.env"));
  }
  LootBy(world, "vendor", ReadMarked("vendor/.env"));
  return 0;
}

bool Escaped(Outside& outside) {
  return TookSecretBy(outside, {"-", "there", "made", "moved", "there-inner", "vendor"});
}

int Twin(const World&) {
  return ReadMarked("node_modules/p/plain") == "text\n" && Slurp("there/plain") == "text\n" ? 0 : 1;
}

USHER_ESCAPE({.name = "b_gate_secret_made_later",
              .row = "B: what the gate lets into the kernel",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
