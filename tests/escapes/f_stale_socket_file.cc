// The sandbox's own sockets are known by device and inode. One is removed, and the person's next socket gets its
// number.

#include <sys/stat.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

std::string Path(const World& world, int i) { return world.home() + "/s" + std::to_string(i); }

// Makes sockets until one has the number that was given up; file systems hand the lowest free one out.
int Victim(const World& world) {
  Ready(world, "waiting");
  std::string wanted;
  while ((wanted = Slurp(world.work() + "/free")).empty()) usleep(2'000);
  for (int i = 0; i < 200; ++i) {
    const int server = Serve(Unix(Path(world, i)));
    struct stat file {};
    stat(Path(world, i).c_str(), &file);
    if (std::to_string(file.st_ino) != wanted) continue;
    Spill(world.home() + "/which", std::to_string(i));
    if (accept(server, nullptr, nullptr) >= 0) Report(world, "visited");
    for (;;) pause();
  }
  Spill(world.home() + "/which", "none");
  return kCannotTry;
}

int Attack(const World& world) {
  const std::string own = world.work() + "/own";
  Serve(Unix(own));
  struct stat file {};
  stat(own.c_str(), &file);
  unlink(own.c_str());
  Spill(world.work() + "/free", std::to_string(file.st_ino));
  struct stat which {};
  for (int i = 0; i < 200 && stat((world.home() + "/which").c_str(), &which) < 0; ++i) usleep(10'000);
  if (which.st_size == 4) return kCannotTry;  // "none"
  for (int i = 199; i >= 0; --i) {
    struct stat there {};
    if (stat(Path(world, i).c_str(), &there) == 0 && there.st_ino == file.st_ino) return Dial(Unix(Path(world, i))) < 0;
  }
  return kCannotTry;  // somebody else was given the number
}

int Twin(const World& world) {  // one's own may be dialled
  const int server = Serve(Unix(world.work() + "/own"));
  return server >= 0 && Dial(Unix(world.work() + "/own")) >= 0 && accept(server, nullptr, nullptr) >= 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_stale_socket_file",
              .row = "F: named unix sockets",
              .attack = &Attack,
              .escaped = &Reported,
              .twin = &Twin,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
