// The path of bind(2) flips: a socket that would lie in the workspace comes to lie where only the person puts things.

#include <sys/un.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Write(outside.world().work() + "/.git/hooks/update.sample", "#!/bin/sh\n"); }

sockaddr_un Named(const char* path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, path);
  return name;
}

int Attack(const World& world) {
  MakeDoors(world, world.work() + "/.git/hooks");
  sockaddr_un name = Named("s/pre-commit");
  const Meanwhile turning([&](unsigned i) { TurnDoor(name.sun_path, i); });
  return KeepTrying([&] {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    syscall(SYS_bind, fd, &name, sizeof(name));
    close(fd);
    unlink("twin/pre-commit");
    return access(world.hook().c_str(), F_OK) == 0;
  })
             ? 0
             : 1;
}

int Twin(const World&) {
  const sockaddr_un name = Named("own");
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_bind_path_race",
              .row = "A: structs by pointer: sockaddr",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &PlantedHook,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
