// /proc/PID/mem is a process's memory as a file, to be read and written.

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Tell("VICTIM", std::to_string(outside.StartVictim({"env", "PIN=" + World::secret_text(), "sleep", "60"})));
  usleep(20'000);  // env has become sleep
}

// The environment lies at the upper end of the stack.
std::string TopOfStack(int maps, int memory) {
  std::string lines;
  char buffer[4096];
  for (ssize_t got; (got = read(maps, buffer, sizeof(buffer))) > 0;) lines.append(buffer, static_cast<size_t>(got));
  const size_t stack = lines.rfind('\n', lines.find("[stack]"));
  if (stack == std::string::npos || lines.find("[stack]") == std::string::npos) return "";
  const unsigned long end = std::strtoul(lines.c_str() + lines.find('-', stack) + 1, nullptr, 16);
  std::string text(4096, '\0');
  const ssize_t got = pread(memory, text.data(), text.size(), static_cast<off_t>(end - text.size()));
  return got < 0 ? "" : text;
}

int Attack(const World& world) {
  const auto reopen = [](const char* entry) {
    return open(NameOfDescriptor(Pin(VictimEntry(entry))).c_str(), O_RDONLY | O_CLOEXEC);
  };
  const int directory = Pin(VictimEntry());
  LootBy(world, "name",
         TopOfStack(open(VictimEntry("maps").c_str(), O_RDONLY), open(VictimEntry("mem").c_str(), O_RDWR)));
  LootBy(world, "pinned", TopOfStack(reopen("maps"), reopen("mem")));
  LootBy(world, "directory", TopOfStack(openat(directory, "maps", O_RDONLY), openat(directory, "mem", O_RDONLY)));
  if (open(VictimEntry("mem").c_str(), O_RDONLY) >= 0) return 0;
  std::puts("ptrace is restricted here");
  return kCannotTry;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, {"name", "pinned", "directory"}); }

int Twin(const World&) {
  const std::string marker = "my own memory";
  const int memory = open("/proc/self/mem", O_RDONLY);
  std::string copy(marker.size(), '\0');
  const auto at = static_cast<off_t>(reinterpret_cast<uintptr_t>(marker.data()));
  return pread(memory, copy.data(), copy.size(), at) >= 0 && copy == marker ? 0 : 1;
}

USHER_ESCAPE({.name = "b_outside_memory",
              .row = "B: /proc/PID/root, cwd, fd, mem, environ of others",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
