// A service outside for an attack to harm: the escapee itself, started as a victim in a role of its own.

#ifndef USHER_TESTS_ESCAPES_SERVICE_H_
#define USHER_TESTS_ESCAPES_SERVICE_H_

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <string>

#include "tests/escapes/escape.h"

namespace usher::escapes {

inline constexpr char kRole[] = "ROLE";

// Runs the escape's own attack function outside, as the service: it finds Told(kRole) == "service".
inline int StartService(Outside& outside, const char* escape) {
  const World& world = outside.world();
  outside.Tell(kRole, "service");
  const int pid = outside.StartVictim({world.home() + "/.local/bin/escapee", "attack", escape, world.root});
  outside.Tell(kRole, "attacker");
  return pid;
}
inline bool IsService() { return Told(kRole) == "service"; }

struct UnixName {
  sockaddr_un name{};
  socklen_t size = 0;
  explicit UnixName(const std::string& path) {  // "@name": abstract
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    if (path[0] == '@') name.sun_path[0] = '\0';
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '@' ? 0 : 1));
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

inline int UnixListener(const std::string& path) {
  const UnixName name(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(fd, name.get(), name.size) == 0 && listen(fd, 16) == 0) return fd;
  close(fd);
  return -1;
}

inline int UnixConnection(const std::string& path) {
  const UnixName name(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, name.get(), name.size) == 0) return fd;
  close(fd);
  return -1;
}

inline sockaddr_in Loopback(int port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

// Waits for something that the other side does; false after five seconds.
inline bool Await(const std::function<bool()>& there) {
  for (int i = 0; i < 500; ++i) {
    if (there()) return true;
    poll(nullptr, 0, 10);
  }
  return false;
}
inline bool AwaitFile(const std::string& path) {
  return Await([&] { return access(path.c_str(), F_OK) == 0; });
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_SERVICE_H_
