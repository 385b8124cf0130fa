#include "supervisor/tracee/belongings.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/socket_diag.h"

namespace usher {
namespace {

// Each holds a descriptor; beyond it the oldest socket reports the path it was really bound to.
constexpr size_t kMaxBoundNames = 256;
constexpr size_t kMaxMade = 1 << 20;
constexpr size_t kMaxTable = 1 << 24;  // of /proc/net

uint64_t InodeOf(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

std::string LocalAddressOf(int socket_fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (getsockname(socket_fd, reinterpret_cast<sockaddr*>(&name), &size) < 0) return "";
  return std::string(reinterpret_cast<const char*>(&name), std::min<size_t>(size, sizeof(name)));
}

// sockaddr_un bytes of a name without its leading NUL.
std::string AbstractAddress(const std::string& name) {
  constexpr sa_family_t kFamily = AF_UNIX;
  return std::string(reinterpret_cast<const char*>(&kFamily), sizeof(kFamily)) + '\0' + name;
}

// Numbers among the names of a directory of /proc; as many as can be read.
std::vector<int32_t> EntriesOf(const std::string& directory) {
  std::vector<int32_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(directory.c_str()), &closedir);
  if (entries == nullptr) return numbers;
  while (const dirent* entry = readdir(entries.get())) {
    int32_t number = 0;
    if (ParseNumber(entry->d_name, &number)) numbers.push_back(number);
  }
  return numbers;
}

UniqueFd DescriptorOf(int32_t process, int32_t fd) {
  const auto pidfd = PidfdOpen(process);
  if (!pidfd.ok()) return {};
  auto held = PidfdGetFd(pidfd->get(), fd);
  return held.ok() ? *std::move(held) : UniqueFd();
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

void Belongings::AddSocketFile(int fd) {
  struct stat status;
  if (fstat(fd, &status) < 0 || !S_ISSOCK(status.st_mode)) return;
  Birth birth;
  (void)BirthOf(fd, &birth);
  socket_files_[{status.st_dev, status.st_ino}] = birth;
}

bool Belongings::OwnsSocketFile(int fd, const struct stat& file) const {
  const auto it = socket_files_.find({file.st_dev, file.st_ino});
  if (it == socket_files_.end()) return false;
  Birth birth;
  (void)BirthOf(fd, &birth);
  return birth == it->second;
}

void Belongings::AddAbstractName(std::string name, int socket_fd, int32_t process, int32_t fd) {
  abstract_names_[std::move(name)] = {process, fd};
  abstract_sockets_.insert(InodeOf(socket_fd));
}

UniqueFd Belongings::BearerOf(const std::string& name, int type, std::chrono::milliseconds patience) const {
  if (!OwnsAbstractName(name)) return {};
  const std::string address = AbstractAddress(name);
  const auto bears = [&](const UniqueFd& socket) {
    int its_type = 0;
    socklen_t size = sizeof(its_type);
    if (getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &its_type, &size) < 0 || its_type != type) return false;
    return abstract_sockets_.contains(InodeOf(socket.get())) && LocalAddressOf(socket.get()) == address;
  };
  const Holder& holder = abstract_names_.at(name);
  if (UniqueFd socket = DescriptorOf(holder.process, holder.fd); socket && bears(socket)) return socket;
  // Its owner has handed it on, to a child for instance. A number says which socket it is, whoever has it.
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (const int32_t process : EntriesOf("/proc")) {
    const std::string descriptors = Concat("/proc/", process, "/fd");
    for (const int32_t fd : EntriesOf(descriptors)) {
      if (std::chrono::steady_clock::now() > deadline) return {};
      struct stat status;
      if (stat(Concat(descriptors, "/", fd).c_str(), &status) < 0 || !abstract_sockets_.contains(status.st_ino))
        continue;
      UniqueFd socket = DescriptorOf(process, fd);
      if (socket && bears(socket)) return socket;
    }
  }
  return {};
}

bool Belongings::OwnsAbstractName(const std::string& name) const {
  if (!abstract_names_.contains(name)) return false;
  const auto text = ReadFile("/proc/net/unix", kMaxTable);
  if (!text.ok() || text->size() >= kMaxTable) return false;
  const std::vector<uint64_t> holders = SocketsOfAbstractName(*text, name);
  // With nobody there, somebody outside could come before the call is done.
  return !holders.empty() && std::all_of(holders.begin(), holders.end(),
                                         [this](uint64_t inode) { return abstract_sockets_.contains(inode); });
}

void Belongings::AddSocket(int socket_fd) {
  // /proc/net has 0 for a socket that is nobody's any more.
  if (const uint64_t inode = InodeOf(socket_fd); inode != 0) sockets_[inode] = LocalAddressOf(socket_fd);
}

bool Belongings::BoundAsJudged(int socket_fd) const {
  const auto it = sockets_.find(InodeOf(socket_fd));
  return it != sockets_.end() && !it->second.empty() && it->second == LocalAddressOf(socket_fd);
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

absl::StatusOr<std::vector<uint64_t>> Belongings::SocketsThatHave(uint16_t port, bool udp, bool ipv6) const {
  bool& kernel_lists = udp ? kernel_lists_udp_ : kernel_lists_tcp_;
  if (kernel_lists) {
    auto inodes = SocketInodesAtPort(ipv6 ? AF_INET6 : AF_INET, udp ? IPPROTO_UDP : IPPROTO_TCP, port);
    if (inodes.ok()) return inodes;
    if (ErrnoOf(inodes.status()) == ENOENT) kernel_lists = false;
  }
  const auto text = ReadFile(Concat("/proc/net/", udp ? "udp" : "tcp", ipv6 ? "6" : ""), kMaxTable);
  if (ErrnoOf(text.status()) == ENOENT) return std::vector<uint64_t>();  // no IPv6 here
  if (!text.ok()) return text.status();
  // Who else is there may stand in what was not read.
  if (text->size() >= kMaxTable) return ErrnoStatus("/proc/net", EFBIG);
  return SocketsAtPort(*text, port, udp);
}

Belongings::PortOwner Belongings::OwnerOfPort(uint16_t port, bool udp) const {
  PortOwner owner = PortOwner::kNobody;
  for (const bool ipv6 : {false, true}) {
    const auto inodes = SocketsThatHave(port, udp, ipv6);
    if (!inodes.ok()) return PortOwner::kOthers;
    for (const uint64_t inode : *inodes) {
      if (!sockets_.contains(inode)) return PortOwner::kOthers;  // shared with somebody outside: not ours alone
      owner = PortOwner::kSandbox;
    }
  }
  return owner;
}

bool Belongings::OwnsPort(uint16_t port, bool udp) const {
  return !sockets_.empty() && OwnerOfPort(port, udp) == PortOwner::kSandbox;
}

bool Belongings::OthersHavePort(uint16_t port, bool udp) const { return OwnerOfPort(port, udp) == PortOwner::kOthers; }

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

std::vector<uint64_t> SocketsOfAbstractName(std::string_view proc_net_unix_text, std::string_view name) {
  std::string shown = Concat(" @", name);
  std::replace(shown.begin(), shown.end(), '\0', '@');
  // "Num: RefCount Protocol Flags Type St Inode Path"; what is behind a line break of the name is on the next line.
  const std::string_view first = std::string_view(shown).substr(0, shown.find('\n'));
  std::vector<uint64_t> inodes;
  for (const std::string_view line : Split(proc_net_unix_text, '\n')) {
    if (!line.ends_with(first)) continue;
    const std::vector<std::string_view> fields = SplitSkipEmpty(line.substr(0, line.size() - first.size()), ' ');
    uint64_t inode = 0;
    if (fields.size() >= 7 && ParseNumber(fields[6], &inode)) inodes.push_back(inode);
  }
  return inodes;
}

}  // namespace usher
