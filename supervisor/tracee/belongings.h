// What the sandbox made itself and may therefore use without asking: terminals, unix sockets, ports.

#ifndef USHER_SUPERVISOR_TRACEE_BELONGINGS_H_
#define USHER_SUPERVISOR_TRACEE_BELONGINGS_H_

#include <sys/stat.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

class Belongings {
 public:
  // A pty whose master the sandbox holds. Numbers are used again once a pty is gone, so the slave's inode is pinned: when it
  // has lost its last link, that pty is no more.
  void AddTerminal(int number);
  bool OwnsTerminal(int number) const;
  // Of an opened master; nothing happens when it is none.
  void AddTerminalOfMaster(int master_fd);

  // The file that a unix socket was bound to.
  void AddSocketFile(const struct stat& file) { socket_files_.insert({file.st_dev, file.st_ino}); }
  bool OwnsSocketFile(const struct stat& file) const { return socket_files_.contains({file.st_dev, file.st_ino}); }

  // A file or directory that the sandbox made where it had no right of its own (/tmp, /dev/shm). An inode number can be
  // used again, the moment of its birth cannot; where the file system keeps none, nothing is remembered.
  void AddMade(int fd);
  bool Made(int fd, const struct stat& file) const;

  void AddAbstractName(std::string name) { abstract_names_.insert(std::move(name)); }
  bool OwnsAbstractName(const std::string& name) const { return abstract_names_.contains(name); }

  // A bound socket, by the inode of the socket itself (never used again while the machine runs).
  void AddSocket(int socket_fd);
  // Whether a socket of the sandbox listens at, or is bound to, this port of this machine (/proc/net).
  bool OwnsPort(uint16_t port, bool udp) const;

  // A unix socket was bound by way of its parent directory's descriptor, to the path `bound`; its owner asked for `asked`. The
  // directory stays open as long as that path is remembered, so that no two sockets have the same one.
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

  absl::flat_hash_map<int, UniqueFd> terminals_;
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> socket_files_;
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, Birth> made_;
  absl::flat_hash_set<std::string> abstract_names_;
  absl::flat_hash_set<uint64_t> sockets_;
  struct BoundName {
    std::string bound, asked;
    UniqueFd parent;
  };
  std::deque<BoundName> bound_names_;
};

// Inodes of the sockets that hold `port`, from the text of /proc/net/{tcp,tcp6,udp,udp6}. Only listeners for TCP.
std::vector<uint64_t> SocketsAtPort(std::string_view proc_net_text, uint16_t port, bool udp);

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_BELONGINGS_H_
