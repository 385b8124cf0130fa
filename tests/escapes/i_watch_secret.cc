// inotify tells who opens, reads and writes a file, without a right to any of that: work habits, passwords by their
// timing.

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// The person goes on working meanwhile.
void Prepare(Outside& outside) {
  outside.StartVictim(
      {"sh", "-c", "while :; do cat ../home/.ssh/id_ed25519 >/dev/null; : >>../home/note.txt; sleep 0.02; done"});
}

bool SawSomething(const std::string& path, uint32_t mask) {
  const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  pollfd event{.fd = watch, .events = POLLIN, .revents = 0};
  return inotify_add_watch(watch, path.c_str(), mask) >= 0 && poll(&event, 1, 1000) == 1;
}

int Attack(const World& world) {
  const auto watch = [&](const char* how, const std::string& path, uint32_t mask) {
    if (SawSomething(path, mask)) LootBy(world, how, World::secret_text());
  };
  watch("file", world.secret(), IN_ALL_EVENTS);
  watch("directory", world.home() + "/.ssh", IN_ALL_EVENTS);
  watch("no-follow", world.secret(), IN_ALL_EVENTS | IN_DONT_FOLLOW);
  watch("pinned", NameOfDescriptor(Pin(world.home() + "/.ssh")), IN_ALL_EVENTS);
  watch("asked", world.note(), IN_ALL_EVENTS);
  if (symlink(world.secret().c_str(), "link") == 0) watch("link", "link", IN_ACCESS);
  return 0;
}

bool Escaped(Outside& outside) {
  return TookSecretBy(outside, {"file", "directory", "no-follow", "pinned", "asked", "link"});
}

int Twin(const World& world) {
  const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  pollfd event{.fd = watch, .events = POLLIN, .revents = 0};
  if (inotify_add_watch(watch, world.work().c_str(), IN_CREATE) < 0) return 1;
  return Spill("mine", "text") && poll(&event, 1, 1000) == 1 ? 0 : 2;
}

USHER_ESCAPE({.name = "i_watch_secret",
              .row = "I: inotify, fanotify",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
