#include "tests/escapes/escape.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace usher::escapes {
namespace {

std::vector<Escape>& Registry() {
  static std::vector<Escape> all;
  return all;
}

}  // namespace

Registered::Registered(const Escape& escape) {
  std::vector<Escape>& all = Registry();
  all.push_back(escape);
  std::sort(all.begin(), all.end(), [](const Escape& a, const Escape& b) { return std::strcmp(a.name, b.name) < 0; });
}

const std::vector<Escape>& AllEscapes() { return Registry(); }

bool TookSecret(Outside& outside) {
  return outside.Read(outside.world().loot()).find(World::secret_text()) != std::string::npos;
}
bool ChangedNote(Outside& outside) { return outside.Read(outside.world().note()) != "mine\n"; }
bool PlantedHook(Outside& outside) { return outside.Exists(outside.world().hook()); }

int RefusedToLook() {
  const std::string scope = Slurp("/proc/sys/kernel/yama/ptrace_scope");
  if (scope.empty() || scope[0] == '0') return 1;
  std::puts("Yama lets nobody look into processes that are not its own children");
  return kCannotTry;
}

std::string Slurp(const std::string& path) {
  std::string text;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return text;
  char buffer[4096];
  ssize_t got;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0) text.append(buffer, static_cast<size_t>(got));
  close(fd);
  return text;
}

bool Spill(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0755);
  if (fd < 0) return false;
  const bool whole = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return whole;
}

bool Loot(const World& world, const std::string& text) { return !text.empty() && Spill(world.loot(), text); }

void Ready(const World& world, const std::string& text) {
  const std::string name = world.home() + "/victim.ready";
  Spill(name + ".new", text);
  rename((name + ".new").c_str(), name.c_str());
}

void Report(const World& world, const std::string& text) { Spill(world.home() + "/victim.report", text); }

bool Reported(Outside& outside) {
  usleep(100'000);
  return !outside.Read(outside.world().home() + "/victim.report").empty();
}

std::string Typed(Outside& outside) { return outside.Read(outside.world().home() + "/typed"); }

}  // namespace usher::escapes
