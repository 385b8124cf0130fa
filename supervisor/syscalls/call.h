// A system call with its arguments copied: everything a decision may rest on, and nothing that the tracee can still change.

#ifndef USHER_SUPERVISOR_SYSCALLS_CALL_H_
#define USHER_SUPERVISOR_SYSCALLS_CALL_H_

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/kernel/remote_memory.h"
#include "supervisor/syscalls/row.h"

namespace usher {

// What an interceptor hands in: registers, not yet looked at.
struct SyscallEvent {
  uint64_t id = 0;
  int32_t tid = 0;
  int32_t nr = 0;
  std::array<uint64_t, 6> args{};
  uint64_t ip = 0;  // address after the call instruction
};

// How a name is meant to be looked up.
enum class NameKind : uint8_t { kObject, kLinkItself, kNewName };

struct NameArgument {
  int32_t dirfd = AT_FDCWD;
  std::string text;
  NameKind kind = NameKind::kObject;
  bool empty_is_dirfd = false;  // AT_EMPTY_PATH with an empty text
};

// One message of sendto, sendmsg or sendmmsg, flattened.
struct Message {
  std::string address;  // sockaddr bytes, empty when the call has none
  std::string data;
  std::string control;  // cmsg bytes; descriptors in it are the tracee's numbers
  uint64_t wanted = 0;  // bytes that the tracee passed; data may be a leading part of it on a stream
};

struct Call {
  const Row* row = nullptr;
  int32_t tid = 0;
  std::array<uint64_t, 6> args{};

  std::vector<NameArgument> names;  // at most two
  int32_t fd = -1;
  uint32_t open_flags = 0, mode = 0, at_flags = 0, rename_flags = 0, message_flags = 0, watch_mask = 0, count = 0;
  uint32_t owner = 0, group = 0;
  uint64_t device = 0;
  int64_t length = 0;
  std::optional<std::array<timespec, 2>> times;  // empty: now
  std::string text, xattr_name, xattr_value, address;
  int32_t xattr_flags = 0, backlog = 0;
  linger lingering{};      // SO_LINGER
  int32_t out_length = 0;  // room for an address that the kernel would write
  std::vector<std::string> argv;
  std::vector<Message> messages;
  std::vector<int64_t> pids;
  int32_t which = 0, family = 0, type = 0, protocol = 0;
  int64_t trace_request = 0;
  int32_t signal = 0;
  std::optional<siginfo_t> signal_info;  // empty: as kill(2) fills it in
};

// Caps on what is copied. The first three are the kernel's own.
inline constexpr size_t kMaxName = 4096;             // PATH_MAX, with the NUL
inline constexpr size_t kMaxXattrValue = 65536;      // XATTR_SIZE_MAX
inline constexpr size_t kMaxMessages = 1024;         // UIO_MAXIOV
inline constexpr size_t kMaxSocketAddress = 128;     // sizeof(sockaddr_storage)
inline constexpr size_t kMaxIovecs = 1024;
inline constexpr size_t kMaxMessageBytes = 1 << 18;  // of one message; streams send a part, datagrams never reach it
inline constexpr size_t kMaxControl = 4096;
inline constexpr size_t kMaxArgvStrings = 1024, kMaxArgvBytes = 1 << 16;

// Copies the arguments by the roles of the row. The status carries the errno that the tracee gets: EFAULT for memory that
// is not there or that we may not read, ENAMETOOLONG, EINVAL, EMSGSIZE.
absl::StatusOr<Call> Decode(const Row& row, const SyscallEvent& event, const RemoteMemory& memory);

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_CALL_H_
