// Addresses to dial, and servers of the person's for victims to be.

#ifndef USHER_TESTS_ESCAPES_SOCKETS_H_
#define USHER_TESTS_ESCAPES_SOCKETS_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "tests/escapes/escape.h"

namespace usher::escapes {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

inline Address Internet(const char* text, int port) {
  Address address;
  auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof(*four);
  } else {
    inet_pton(AF_INET6, text, &six->sin6_addr);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof(*six);
  }
  return address;
}

// "@name": abstract.
inline Address Unix(const std::string& path) {
  Address address;
  auto* name = reinterpret_cast<sockaddr_un*>(&address.storage);
  name->sun_family = AF_UNIX;
  std::memcpy(name->sun_path, path.data(), path.size());
  const bool abstract = path[0] == '@';
  if (abstract) name->sun_path[0] = '\0';
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
  return address;
}

// A name that no other run of the tests has.
inline std::string AbstractName(const World& world) {
  return "@usher-test-" + world.root.substr(world.root.rfind('/') + 1);
}

inline int PortOf(int socket) {
  sockaddr_in6 name{};  // the port lies where sockaddr_in has it
  socklen_t size = sizeof(name);
  return getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size) < 0 ? 0 : ntohs(name.sin6_port);
}

// The descriptor, or -1.
inline int Dial(const Address& address, int type = SOCK_STREAM, int protocol = 0) {
  const int fd = socket(address.family(), type, protocol);
  return fd >= 0 && connect(fd, address.get(), address.size) == 0 ? fd : -1;
}
inline int Serve(const Address& address, int type = SOCK_STREAM, int protocol = 0) {
  const int fd = socket(address.family(), type, protocol);
  if (fd < 0 || bind(fd, address.get(), address.size) < 0) return -1;
  return type == SOCK_STREAM && listen(fd, 8) < 0 ? -1 : fd;
}

// A victim that reports whoever connects to it or sends to it. It says its port.
inline int ReportVisitors(const World& world, int server, int type = SOCK_STREAM) {
  Ready(world, server < 0 ? "" : std::to_string(PortOf(server)));
  char byte;
  if (server < 0) return kCannotTry;
  if (type == SOCK_STREAM ? accept(server, nullptr, nullptr) >= 0 : recv(server, &byte, 1, 0) >= 0)
    Report(world, "visited");
  for (;;) pause();
}

inline int TrapPort() { return std::atoi(Told("PORT").c_str()); }
inline void TellTcpPort(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenTcp())); }
inline void TellUdpPort(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenUdp())); }
inline bool Reached(Outside& outside) { return outside.WasReached(); }

// A twin: one's own abstract name may be dialled.
inline int DialOwnAbstractName(const World& world) {
  const Address name = Unix(AbstractName(world) + "-inside");
  const int server = Serve(name);
  return server >= 0 && Dial(name) >= 0 && accept(server, nullptr, nullptr) >= 0 ? 0 : 1;
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_SOCKETS_H_
