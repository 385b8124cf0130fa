// clone3(2) has its flags behind a pointer: an ordinary child turns into one in a user namespace of its own, where it
// has every capability. The child says in which namespace it is.

#include <linux/sched.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

std::string UserNamespace() {
  char name[64] = "";
  const ssize_t length = readlink("/proc/self/ns/user", name, sizeof(name));
  return std::string(name, length < 0 ? 0 : static_cast<size_t>(length));
}

int Attack(const World& world) {
  const std::string home = UserNamespace();
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  volatile auto* flags = &arguments.flags;
  const Meanwhile turning([&](unsigned i) { *flags = i % 2 == 0 ? 0 : CLONE_NEWUSER; });
  int refused = 0;
  const bool done = KeepTrying([&] {
    const long child = syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (child == 0) _exit(UserNamespace() != home && Loot(world, UserNamespace()) ? 1 : 0);
    if (child < 0) refused += errno == EPERM || errno == ENOSPC;
    int status = 0;
    return child > 0 && waitpid(static_cast<pid_t>(child), &status, 0) > 0 && status != 0;
  });
  if (!done && refused > 0) std::puts("no user namespaces on this host");
  return done ? 0 : refused > 0 ? kCannotTry : 1;
}

int Twin(const World&) {
  const pid_t child = fork();
  if (child == 0) _exit(7);
  int status = 0;
  return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_clone_args_race",
              .row = "A: structs by pointer: clone_args",
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.Read(outside.world().loot()).find("user:") == 0; },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
