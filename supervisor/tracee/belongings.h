// What the sandbox made itself and may therefore use without asking: terminals, unix sockets, ports.

#ifndef USHER_SUPERVISOR_TRACEE_BELONGINGS_H_
#define USHER_SUPERVISOR_TRACEE_BELONGINGS_H_

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

class Belongings {
 public:
  // A pty whose master the sandbox holds. Numbers are used again once a pty is gone, so the slave's inode is pinned:
  // when it has lost its last link, that pty is no more.
  void AddTerminal(int number);
  bool OwnsTerminal(int number) const;
  // Of an opened master; nothing happens when it is none.
  void AddTerminalOfMaster(int master_fd);

  // The file that a unix socket was bound to. Known by its birth too, where the file system keeps that: a number that
  // was given up may be the person's next socket.
  void AddSocketFile(int fd);
  bool OwnsSocketFile(int fd, const struct stat& file) const;

  // A file or directory that the sandbox made where it had no right of its own (/tmp, /dev/shm). An inode number can be
  // used again, the moment of its birth cannot; where the file system keeps none, nothing is remembered.
  void AddMade(int fd);
  bool Made(int fd, const struct stat& file) const;

  // There is a socket that has the name now, and every one that has is the sandbox's (/proc/net/unix).
  // `fd` of `process` is the socket, if anybody knows: where to look for it first.
  void AddAbstractName(std::string name, int socket_fd, int32_t process = 0, int32_t fd = -1);
  bool OwnsAbstractName(const std::string& name) const;
  // A duplicate of the sandbox's own socket that bears the name and takes sockets of `type`. While it is open the name
  // can become nobody else's, so it is held until the name was dialled. Empty: it is not the sandbox's, or it was not
  // found in `patience`, for which whoever else waits in the loop has to wait as well.
  UniqueFd BearerOf(const std::string& name, int type,
                    std::chrono::milliseconds patience = std::chrono::milliseconds(20)) const;

  // A bound socket, by the inode of the socket itself (never used again while the machine runs), and where it was
  // bound.
  void AddSocket(int socket_fd);
  // Whether it is still bound to where a bind was judged. A connection that is dissolved leaves a port that nobody
  // judged.
  bool BoundAsJudged(int socket_fd) const;
  // Whether a socket of the sandbox listens at, or is bound to, this port of this machine.
  bool OwnsPort(uint16_t port, bool udp) const;
  // Whether somebody outside does: nobody inside may share it with him (SO_REUSEPORT, SO_REUSEADDR of datagram
  // sockets).
  bool OthersHavePort(uint16_t port, bool udp) const;

  // A unix socket was bound by way of its parent directory's descriptor, to the path `bound`; its owner asked for
  // `asked`. The directory stays open as long as that path is remembered, so that no two sockets have the same one.
  void AddBoundName(std::string bound, std::string asked, UniqueFd parent);
  // What the owner asked for, or null when `bound` is no such path.
  const std::string* AskedPathOf(std::string_view bound) const;

 private:
  struct Birth {
    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    friend bool operator==(const Birth&, const Birth&) = default;
  };
  static bool BirthOf(int fd, Birth* birth);
  enum class PortOwner : uint8_t { kNobody, kSandbox, kOthers };
  PortOwner OwnerOfPort(uint16_t port, bool udp) const;
  absl::StatusOr<std::vector<uint64_t>> SocketsThatHave(uint16_t port, bool udp, bool ipv6) const;

  absl::flat_hash_map<int, UniqueFd> terminals_;
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, Birth> socket_files_;
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, Birth> made_;
  struct Holder {
    int32_t process = 0, fd = -1;
  };
  absl::flat_hash_map<std::string, Holder> abstract_names_;  // and who bound it last
  absl::flat_hash_set<uint64_t> abstract_sockets_;
  absl::flat_hash_map<uint64_t, std::string> sockets_;  // inode to bound address
  struct BoundName {
    std::string bound, asked;
    UniqueFd parent;
  };
  std::deque<BoundName> bound_names_;
  // By sock_diag(7); the text of /proc/net has every connection of the machine as well.
  mutable bool kernel_lists_tcp_ = true, kernel_lists_udp_ = true;
};

// Inodes of the sockets that hold `port`, from the text of /proc/net/{tcp,tcp6,udp,udp6}. Only listeners for TCP.
std::vector<uint64_t> SocketsAtPort(std::string_view proc_net_text, uint16_t port, bool udp);

// Inodes of the sockets that have an abstract name (without its leading NUL), from the text of /proc/net/unix. Names
// that only differ in NUL and '@' look the same there, and a name may hold a line break: more may be found than there
// are, not less.
std::vector<uint64_t> SocketsOfAbstractName(std::string_view proc_net_unix_text, std::string_view name);

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_BELONGINGS_H_
