// The oldest door to these events is a number of fcntl: a signal whenever something happens in a directory that is
// open.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// The person goes on working meanwhile.
void Prepare(Outside& outside) {
  outside.StartVictim(
      {"sh", "-c", "while :; do cat ../home/.ssh/id_ed25519 >/dev/null; : >>../home/note.txt; sleep 0.02; done"});
}

volatile sig_atomic_t told = 0;

int Attack(const World& world) {
  signal(SIGIO, [](int) { told = 1; });
  const std::string ssh = world.home() + "/.ssh";
  for (const int directory :
       {open(ssh.c_str(), O_RDONLY | O_DIRECTORY), Pin(ssh), open(NameOfDescriptor(Pin(ssh)).c_str(), O_RDONLY)}) {
    fcntl(directory, F_NOTIFY, DN_ACCESS | DN_MODIFY | DN_MULTISHOT);
  }
  for (int i = 0; i < 20 && told == 0; ++i) usleep(20'000);
  return told != 0 && Loot(world, World::secret_text()) ? 0 : 1;
}

USHER_ESCAPE({.name = "i_watch_by_dnotify",
              .row = "I: inotify, fanotify",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
