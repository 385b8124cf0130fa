#include "tests/escapes/traps.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace usher::escapes {
namespace {

// A socket that is readable once somebody has connected to it or sent to it: nothing has to run for that.
UniqueFd Internet(int type, int* port) {
  UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(name);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&name), size) < 0) std::abort();
  if (type == SOCK_STREAM && listen(fd.get(), 8) < 0) std::abort();
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &size) < 0) std::abort();
  *port = ntohs(name.sin_port);
  return fd;
}

}  // namespace

int Traps::Tcp() {
  int port = 0;
  sockets_.push_back(Internet(SOCK_STREAM, &port));
  return port;
}

int Traps::Udp() {
  int port = 0;
  sockets_.push_back(Internet(SOCK_DGRAM, &port));
  return port;
}

void Traps::Unix(const std::string& path, unsigned owner) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  const bool abstract = path[0] == '@';
  if (abstract) name.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&name), size) < 0 || listen(fd.get(), 8) < 0) std::abort();
  if (!abstract && (chown(path.c_str(), owner, owner) < 0 || chmod(path.c_str(), 0666) < 0)) std::abort();
  sockets_.push_back(std::move(fd));
}

bool Traps::Sprung() const {
  std::vector<pollfd> fds;
  for (const UniqueFd& fd : sockets_) fds.push_back({fd.get(), POLLIN, 0});
  return poll(fds.data(), fds.size(), 100) > 0;
}

}  // namespace usher::escapes
