// Where nobody may take descriptors (a container's filter), a caller is made to send them: by a sendmsg(2) that the
// kernel runs without anybody's judgement. Another thread puts a datagram socket of its own wherever that message could
// go out, and a foreign address into whatever memory it is read from.

#include <sys/mman.h>

#include <cstring>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr int kNumbers = 12;                    // the lowest, among which the message's socket is looked for
constexpr uint64_t kMark = 0x7573686572207061;  // what the memory begins with (intercept/descriptor_request.cc)

void Prepare(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenUdp())); }

std::vector<uint64_t*> PagesOfUsher() {
  std::vector<uint64_t*> pages;
  const std::string maps = Slurp("/proc/self/maps");
  for (size_t at = 0; at < maps.size();) {
    const size_t end = std::min(maps.find('\n', at), maps.size());
    unsigned long from = 0, to = 0, inode = 1;
    char rights[8] = "";
    std::sscanf(maps.substr(at, end - at).c_str(), "%lx-%lx %7s %*x %*s %lu", &from, &to, rights, &inode);
    at = end + 1;
    if (inode != 0 || std::strcmp(rights, "rw-p") != 0) continue;
    for (; from < to; from += 4096) {  // neighbours are one mapping
      auto* page = reinterpret_cast<uint64_t*>(from);
      if (page[0] == kMark) pages.push_back(page);
    }
  }
  return pages;
}

int Attack(const World&) {
  static sockaddr_in foreign = Loopback(std::atoi(Told("PORT").c_str()));
  const int open = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int asked = fcntl(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), F_DUPFD_CLOEXEC, 100);
  sockaddr_in name{};
  socklen_t size = sizeof(name);
  getsockname(asked, reinterpret_cast<sockaddr*>(&name), &size);  // so that there is a page, if there ever is
  const std::vector<uint64_t*> pages = PagesOfUsher();
  const Meanwhile turning([&](unsigned i) {
    dup2(open, static_cast<int>(i % kNumbers));
    for (uint64_t* page : pages) {  // msg_name and msg_namelen, behind the mark
      page[2] = reinterpret_cast<uint64_t>(&foreign);
      page[3] = sizeof(foreign);
    }
  });
  KeepTrying(
      [&] {
        socklen_t again = sizeof(name);
        return getsockname(asked, reinterpret_cast<sockaddr*>(&name), &again) == 0 && false;
      },
      kRace);
  // The same without anybody's help, which is what it comes down to.
  return sendto(open, "x", 1, 0, reinterpret_cast<sockaddr*>(&foreign), sizeof(foreign)) < 0;
}

int Twin(const World&) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in name = Loopback(0);
  socklen_t size = sizeof(name);
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), size) < 0) return 1;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) < 0 || name.sin_port == 0) return 2;
  return sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&name), size) == 1 ? 0 : 3;
}

USHER_ESCAPE({.name = "a_messenger_redirected",
              .row = "A: sendmsg that hands descriptors to Usher",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.WasReached(); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
