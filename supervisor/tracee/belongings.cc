#include "supervisor/tracee/belongings.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

// Each holds a descriptor; beyond it the oldest socket reports the path it was really bound to.
constexpr size_t kMaxBoundNames = 256;
constexpr size_t kMaxMade = 1 << 20;
constexpr size_t kMaxSocketList = 1 << 24;

uint64_t InodeOf(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

void Belongings::AddTerminal(int number) {
  UniqueFd pin(open(Concat("/dev/pts/", number).c_str(), O_PATH | O_CLOEXEC));
  if (pin) terminals_[number] = std::move(pin);
}

void Belongings::AddTerminalOfMaster(int master_fd) {
  int number = -1;
  if (ioctl(master_fd, TIOCGPTN, &number) == 0) AddTerminal(number);
}

bool Belongings::OwnsTerminal(int number) const {
  auto it = terminals_.find(number);
  struct stat status;
  return it != terminals_.end() && fstat(it->second.get(), &status) == 0 && status.st_nlink > 0;
}

bool Belongings::BirthOf(int fd, Birth* birth) {
  struct statx status;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) < 0 || (status.stx_mask & STATX_BTIME) == 0) return false;
  *birth = {status.stx_btime.tv_sec, status.stx_btime.tv_nsec};
  return true;
}

void Belongings::AddMade(int fd) {
  struct stat status;
  Birth birth;
  if (made_.size() < kMaxMade && fstat(fd, &status) == 0 && BirthOf(fd, &birth)) {
    made_[{status.st_dev, status.st_ino}] = birth;
  }
}

bool Belongings::Made(int fd, const struct stat& file) const {
  const auto it = made_.find({file.st_dev, file.st_ino});
  Birth birth;
  return it != made_.end() && BirthOf(fd, &birth) && birth == it->second;
}

void Belongings::AddSocket(int socket_fd) {
  // /proc/net has 0 for a socket that is nobody's any more.
  if (const uint64_t inode = InodeOf(socket_fd); inode != 0) sockets_.insert(inode);
}

void Belongings::AddBoundName(std::string bound, std::string asked, UniqueFd parent) {
  if (bound_names_.size() >= kMaxBoundNames) bound_names_.pop_front();
  bound_names_.push_back({std::move(bound), std::move(asked), std::move(parent)});
}

const std::string* Belongings::AskedPathOf(std::string_view bound) const {
  for (const BoundName& name : bound_names_) {
    if (name.bound == bound) return &name.asked;
  }
  return nullptr;
}

bool Belongings::OwnsPort(uint16_t port, bool udp) const {
  if (sockets_.empty()) return false;
  bool found = false;
  for (const char* family : {"", "6"}) {
    const auto text = ReadFile(Concat("/proc/net/", udp ? "udp" : "tcp", family), kMaxSocketList);
    if (ErrnoOf(text.status()) == ENOENT) continue;                   // no IPv6 here
    if (!text.ok() || text->size() == kMaxSocketList) return false;  // somebody outside may stand in what was not read
    for (const uint64_t inode : SocketsAtPort(*text, port, udp)) {
      if (!sockets_.contains(inode)) return false;  // shared with somebody outside: not ours alone
      found = true;
    }
  }
  return found;
}

std::vector<uint64_t> SocketsAtPort(std::string_view proc_net_text, uint16_t port, bool udp) {
  std::vector<uint64_t> inodes;
  for (const std::string_view line : Split(proc_net_text, '\n')) {
    const std::vector<std::string_view> fields = SplitSkipEmpty(line, ' ');
    if (fields.size() < 10) continue;
    const size_t colon = fields[1].rfind(':');
    uint32_t local_port = 0;
    uint64_t inode = 0;
    if (colon == std::string_view::npos || !ParseNumber(fields[1].substr(colon + 1), &local_port, 16)) continue;
    constexpr std::string_view kListen = "0A";  // TCP_LISTEN of <net/tcp_states.h>
    if (local_port != port || (!udp && fields[3] != kListen) || !ParseNumber(fields[9], &inode)) continue;
    inodes.push_back(inode);
  }
  return inodes;
}

}  // namespace usher
