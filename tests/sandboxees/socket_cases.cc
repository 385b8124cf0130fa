// TCP and UDP on the loopback, unix sockets by path and by abstract name, descriptors that are passed on.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/sandboxees/sandboxee.h"

namespace usher::sandboxee {
namespace {

sockaddr_in Internet(const std::string& address, int port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  return name;
}

struct UnixName {
  sockaddr_un name{};
  socklen_t size = 0;
  explicit UnixName(const std::string& path) {  // "@name" is an abstract one
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    if (path[0] == '@') name.sun_path[0] = '\0';
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '@' ? 0 : 1));
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

template <typename Name>
const sockaddr* Address(const Name& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

std::string ReadAll(int fd) {
  std::string text;
  char buffer[256];
  ssize_t got;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0) text.append(buffer, static_cast<size_t>(got));
  return got < 0 ? Said(-1) : text;
}

std::string Connect(const Arguments& a) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in name = Internet(a[0], std::atoi(a[1].c_str()));
  return Said(connect(fd, Address(name), sizeof(name)));
}

std::string SendDatagram(const Arguments& a) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const sockaddr_in name = Internet(a[0], std::atoi(a[1].c_str()));
  return Said(sendto(fd, "hi", 2, 0, Address(name), sizeof(name)));
}

std::string Listen(const Arguments& a) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in name = Internet(a[0], std::atoi(a[1].c_str()));
  if (bind(fd, Address(name), sizeof(name)) < 0) return Said(-1);
  return Said(listen(fd, 1));
}

// A server and its client, both inside.
std::string LocalServer(const Arguments&) {
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name = Internet("127.0.0.1", 0);
  socklen_t size = sizeof(name);
  if (bind(server, Address(name), size) < 0 || listen(server, 4) < 0) return Said(-1);
  if (getsockname(server, reinterpret_cast<sockaddr*>(&name), &size) < 0) return Said(-1);
  if (fork() == 0) {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, Address(name), sizeof(name)) < 0) _exit(errno);
    _exit(write(client, "hello", 5) == 5 ? 0 : 1);
  }
  int status;
  wait(&status);
  if (status != 0) return strerrorname_np(WEXITSTATUS(status));
  return ReadAll(accept4(server, nullptr, nullptr, SOCK_CLOEXEC));
}

std::string UnixConnect(const Arguments& a) {
  const UnixName name(a[0]);
  return Said(connect(socket(AF_UNIX, SOCK_STREAM, 0), name.get(), name.size));
}

std::string UnixBind(const Arguments& a) {
  const UnixName name(a[0]);
  return Said(bind(socket(AF_UNIX, SOCK_STREAM, 0), name.get(), name.size));
}

std::string UnixSendTo(const Arguments& a) {
  const UnixName name(a[0]);
  return Said(sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "hi", 2, 0, name.get(), name.size));
}

void SendDescriptor(int socket, int fd) {
  char byte = '!';
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  if (sendmsg(socket, &message, 0) != 1) _exit(errno);
}

int ReceiveDescriptor(int socket) {
  char byte;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  int fd = -1;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  return fd;
}

std::string NameOf(int fd, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_un name{};
  socklen_t size = sizeof(name);
  if (ask(fd, reinterpret_cast<sockaddr*>(&name), &size) < 0) return Said(-1);
  if (size <= offsetof(sockaddr_un, sun_path)) return "unnamed";
  if (name.sun_path[0] == '\0') return "@" + std::string(name.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
  return name.sun_path;
}

int GetSockName(int fd, sockaddr* name, socklen_t* size) { return getsockname(fd, name, size); }
int GetPeerName(int fd, sockaddr* name, socklen_t* size) { return getpeername(fd, name, size); }

// Binds to a path, is connected to from a child, which passes the reading end of a pipe: "server.sock server.sock
// passed".
std::string UnixServer(const Arguments& a) {
  const UnixName name(a[0]);
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, name.get(), name.size) < 0 || listen(server, 4) < 0) return Said(-1);
  int peer_name[2];
  if (pipe(peer_name) < 0) return Said(-1);
  if (fork() == 0) {
    const int client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(client, name.get(), name.size) < 0) _exit(errno);
    int ends[2];
    if (pipe(ends) < 0 || write(ends[1], "passed", 6) != 6) _exit(errno);
    close(ends[1]);
    SendDescriptor(client, ends[0]);
    const std::string peer = NameOf(client, &GetPeerName);
    _exit(write(peer_name[1], peer.data(), peer.size()) < 0 ? errno : 0);
  }
  int status;
  wait(&status);
  if (status != 0) return strerrorname_np(WEXITSTATUS(status));
  close(peer_name[1]);
  const int accepted = accept4(server, nullptr, nullptr, SOCK_CLOEXEC);
  const int passed = ReceiveDescriptor(accepted);
  if (passed < 0) return "nothing was passed";
  return NameOf(server, &GetSockName) + " " + ReadAll(peer_name[0]) + " " + ReadAll(passed);
}

// Two datagram sockets with names: the receiver answers to the name that recvfrom gave it.
std::string UnixDatagrams(const Arguments& a) {
  const UnixName here(a[0]), there(a[1]);
  const int one = socket(AF_UNIX, SOCK_DGRAM, 0), two = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (bind(one, here.get(), here.size) < 0 || bind(two, there.get(), there.size) < 0) return Said(-1);
  if (sendto(two, "ping", 4, 0, here.get(), here.size) != 4) return Said(-1);
  sockaddr_un from{};
  socklen_t size = sizeof(from);
  char text[8] = {};
  if (recvfrom(one, text, sizeof(text) - 1, 0, reinterpret_cast<sockaddr*>(&from), &size) < 0) return Said(-1);
  if (sendto(one, "pong", 4, 0, Address(from), size) != 4) return std::string("answering: ") + Said(-1);
  char answer[8] = {};
  if (recv(two, answer, sizeof(answer) - 1, 0) < 0) return Said(-1);
  return std::string(text) + " " + answer;
}

// What the two ways to a descriptor of the other's process say.
std::string PeerByDescriptor(const Arguments& a) {
  const UnixName name(a[0]);
  const int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, name.get(), name.size) < 0 || listen(server, 1) < 0) return Said(-1);
  if (connect(client, name.get(), name.size) < 0) return Said(-1);
  constexpr int kPassPidfd = 76, kPeerPidfd = 77;
  int on = 1;
  socklen_t size = sizeof(on);
  const std::string passed = Said(setsockopt(client, SOL_SOCKET, kPassPidfd, &on, size));
  return passed + " " + Said(getsockopt(client, SOL_SOCKET, kPeerPidfd, &on, &size));
}

// A datagram that is to be sent without a copy: that cannot be had, and the datagram arrives all the same.
std::string ZeroCopy(const Arguments&) {
  const int receiver = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  sockaddr_in name = Internet("127.0.0.1", 0);
  socklen_t size = sizeof(name);
  if (bind(receiver, Address(name), size) < 0) return Said(-1);
  if (getsockname(receiver, reinterpret_cast<sockaddr*>(&name), &size) < 0) return Said(-1);
  const std::string option = Said(setsockopt(sender, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)));
  if (sendto(sender, "copied", 6, MSG_ZEROCOPY, Address(name), size) != 6) return Said(-1);
  char text[16] = {};
  if (recv(receiver, text, sizeof(text) - 1, 0) < 0) return Said(-1);
  return option + " " + text;
}

// Connects to a full queue, over and over, while somebody changes whether that may wait: "ok" when others are answered still.
std::string RacedConnect(const Arguments& a) {
  const UnixName name(a[0]);
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, name.get(), name.size) < 0 || listen(server, 0) < 0) return Said(-1);
  while (connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), name.get(), name.size) == 0) continue;
  if (errno != EAGAIN) return Said(-1);
  const int shared = socket(AF_UNIX, SOCK_STREAM, 0);
  std::thread([shared] {
    for (int flags = 0;; flags ^= O_NONBLOCK) fcntl(shared, F_SETFL, flags);
  }).detach();
  for (int i = 0; i < 16; ++i) {
    std::thread([shared, name] {
      while (connect(shared, name.get(), name.size) < 0) continue;
    }).detach();
  }
  poll(nullptr, 0, 1000);
  const std::string said = Said(open("answered", O_CREAT | O_WRONLY, 0644));
  std::printf("%s\n", said.c_str());
  std::fflush(stdout);
  _exit(0);  // the threads wait for ever
}

// Closes a connection with a full queue that is to linger, while others ask about it: "ok" when nobody is held up.
std::string Linger(const Arguments&) {
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name = Internet("127.0.0.1", 0);
  socklen_t size = sizeof(name);
  if (bind(server, Address(name), size) < 0 || listen(server, 64) < 0) return Said(-1);
  if (getsockname(server, reinterpret_cast<sockaddr*>(&name), &size) < 0) return Said(-1);
  for (int i = 0; i < 5; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, Address(name), sizeof(name)) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) return Said(-1);
    static char much[1 << 16];
    while (write(fd, much, sizeof(much)) > 0) continue;
    const linger long_time{1, 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &long_time, sizeof(long_time)) < 0) return Said(-1);
    std::thread closer([fd, i] {
      poll(nullptr, 0, i);
      close(fd);
    });
    sockaddr_in peer;
    socklen_t room = sizeof(peer);
    while (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &room) == 0) continue;
    closer.join();
  }
  return "ok";
}

std::string SocketPair(const Arguments& a) {
  int ends[2];
  return Said(socketpair(std::atoi(a[0].c_str()), SOCK_STREAM, 0, ends));
}

std::string Socket(const Arguments& a) {
  return Said(socket(std::atoi(a[0].c_str()), std::atoi(a[1].c_str()), std::atoi(a[2].c_str())));
}

constexpr Case kCases[] = {
    {"connect", &Connect},
    {"send-datagram", &SendDatagram},
    {"listen", &Listen},
    {"local-server", &LocalServer},
    {"unix-connect", &UnixConnect},
    {"unix-bind", &UnixBind},
    {"unix-sendto", &UnixSendTo},
    {"unix-server", &UnixServer},
    {"unix-datagrams", &UnixDatagrams},
    {"socket", &Socket},
    {"socketpair", &SocketPair},
    {"zero-copy", &ZeroCopy},
    {"raced-connect", &RacedConnect},
    {"linger", &Linger},
    {"peer-by-descriptor", &PeerByDescriptor},
};

}  // namespace

std::span<const Case> SocketCases() { return kCases; }

}  // namespace usher::sandboxee
