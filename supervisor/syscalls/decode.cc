// The decoder: one case per argument role, so that a row is all a new call needs.

#include <linux/time_types.h>
#include <sys/inotify.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <utime.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/syscalls/call.h"

namespace usher {
namespace {

absl::Status Refuse(const char* what, int error) { return ErrnoStatus(what, error); }

absl::StatusOr<std::string> ReadSocketAddress(const RemoteMemory& memory, RemoteAddress address, uint64_t length) {
  // The kernel takes an int: negative and oversized lengths are EINVAL before anything is read.
  const auto size = static_cast<int32_t>(length);
  if (size < 0 || static_cast<size_t>(size) > kMaxSocketAddress) return Refuse("socket address", EINVAL);
  if (size == 0) return std::string();
  return memory.ReadBytes(address, static_cast<size_t>(size));
}

// The layout of struct msghdr as the tracee has it (64-bit, both architectures). The tracee can change it at any time.
struct RemoteMessageHeader {
  uint64_t name;
  int32_t name_length;
  uint32_t padding;
  uint64_t iov;
  uint64_t iov_count;
  uint64_t control;
  uint64_t control_length;
  uint32_t flags;
  uint32_t padding2;
};
static_assert(sizeof(RemoteMessageHeader) == sizeof(msghdr));

absl::StatusOr<Message> ReadMessage(const RemoteMemory& memory, RemoteAddress address) {
  USHER_ASSIGN_OR_RETURN(const auto header, memory.Read<RemoteMessageHeader>(address));
  Message message;
  if (header.name != 0 && header.name_length != 0) {
    USHER_ASSIGN_OR_RETURN(message.address,
                           ReadSocketAddress(memory, header.name, static_cast<uint32_t>(header.name_length)));
  }
  if (header.iov_count > kMaxIovecs) return Refuse("iovec count", EMSGSIZE);
  if (header.control_length > kMaxControl) return Refuse("control length", ENOBUFS);
  if (header.control != 0 && header.control_length != 0) {
    USHER_ASSIGN_OR_RETURN(message.control, memory.ReadBytes(header.control, header.control_length));
  }
  if (header.iov_count == 0) return message;
  USHER_ASSIGN_OR_RETURN(const std::string vectors, memory.ReadBytes(header.iov, header.iov_count * sizeof(iovec)));
  for (size_t i = 0; i < header.iov_count; ++i) {
    uint64_t base, length;
    std::memcpy(&base, vectors.data() + i * sizeof(iovec), sizeof(base));
    std::memcpy(&length, vectors.data() + i * sizeof(iovec) + sizeof(base), sizeof(length));
    if (length > INT64_MAX - message.wanted) return Refuse("iovec length", EINVAL);
    message.wanted += length;
    const size_t room = kMaxMessageBytes - message.data.size();
    const size_t take = static_cast<size_t>(std::min<uint64_t>(length, room));
    if (take == 0) continue;
    USHER_ASSIGN_OR_RETURN(const std::string bytes, memory.ReadBytes(base, take));
    message.data += bytes;
  }
  return message;
}

absl::StatusOr<std::vector<Message>> ReadMessages(const RemoteMemory& memory, RemoteAddress address, uint32_t count) {
  std::vector<Message> messages;
  size_t bytes = 0;
  for (uint32_t i = 0; i < std::min<uint32_t>(count, kMaxMessages) && bytes < kMaxMessageBytes; ++i) {
    auto message = ReadMessage(memory, address + i * sizeof(mmsghdr));
    if (!message.ok()) {
      if (i > 0) break;  // as sendmmsg(2): what came before is still sent
      return message.status();
    }
    bytes += message->data.size() + 1;
    messages.push_back(*std::move(message));
  }
  return messages;
}

// Two times behind a pointer; a NULL pointer means now.
template <typename Pair>
absl::Status ReadTimes(const RemoteMemory& memory, RemoteAddress address, Call& call) {
  if (address == 0) return absl::OkStatus();
  USHER_ASSIGN_OR_RETURN(const Pair pair, memory.Read<Pair>(address));
  call.times = pair.AsTimespecs();
  for (const timespec& time : *call.times) {
    const bool special = time.tv_nsec == UTIME_NOW || time.tv_nsec == UTIME_OMIT;
    if (!special && (time.tv_nsec < 0 || time.tv_nsec > 999'999'999)) return Refuse("time", EINVAL);
  }
  return absl::OkStatus();
}

struct TimespecPair {
  timespec times[2];
  std::array<timespec, 2> AsTimespecs() const { return {times[0], times[1]}; }
};
struct TimevalPair {
  timeval times[2];
  // A microsecond count out of range must stay out of range.
  static timespec Convert(const timeval& time) {
    const bool valid = time.tv_usec >= 0 && time.tv_usec < 1'000'000;
    return {time.tv_sec, valid ? time.tv_usec * 1000 : -1};
  }
  std::array<timespec, 2> AsTimespecs() const { return {Convert(times[0]), Convert(times[1])}; }
};
struct UtimbufPair {
  utimbuf times;
  std::array<timespec, 2> AsTimespecs() const { return {timespec{times.actime, 0}, timespec{times.modtime, 0}}; }
};

absl::StatusOr<NameArgument> ReadName(const RemoteMemory& memory, RemoteAddress address, int32_t dirfd, NameKind kind) {
  USHER_ASSIGN_OR_RETURN(std::string text, memory.ReadString(address, kMaxName));
  return NameArgument{dirfd, std::move(text), kind};
}

}  // namespace

absl::StatusOr<Call> Decode(const Row& row, const SyscallEvent& event, const RemoteMemory& memory) {
  Call call;
  call.row = &row;
  call.tid = event.tid;
  call.args = event.args;
  int32_t dirfd = AT_FDCWD;
  for (size_t i = 0; i < row.args.size(); ++i) {
    const uint64_t arg = event.args[i];
    const uint64_t next = i + 1 < event.args.size() ? event.args[i + 1] : 0;
    const auto low = static_cast<uint32_t>(arg);  // the kernel takes 32 bits of most arguments
    switch (row.args[i]) {
      case ArgRole::kNone:
      case ArgRole::kSocketLength:
      case ArgRole::kSocketOut:
      case ArgRole::kXattrSize:
      case ArgRole::kSize:
      case ArgRole::kCount:
      case ArgRole::kEnvp:
        break;
      case ArgRole::kSignal: call.signal = static_cast<int32_t>(low); break;
      case ArgRole::kSignalInfo: {
        if (arg == 0) break;
        USHER_ASSIGN_OR_RETURN(call.signal_info, memory.Read<siginfo_t>(arg));
        break;
      }
      case ArgRole::kDirFd: dirfd = static_cast<int32_t>(low); break;
      case ArgRole::kPath:
      case ArgRole::kLinkPath:
      case ArgRole::kNewName: {
        const NameKind kind = row.args[i] == ArgRole::kPath       ? NameKind::kObject
                              : row.args[i] == ArgRole::kLinkPath ? NameKind::kLinkItself
                                                                  : NameKind::kNewName;
        if (arg == 0 && row.allow_by == AllowBy::kSetTimes && dirfd != AT_FDCWD) {
          // utimensat(fd, NULL, …) means the descriptor itself (utimensat(2), "C library/kernel ABI differences").
          call.names.push_back({.dirfd = dirfd, .kind = kind, .empty_is_dirfd = true});
          break;
        }
        USHER_ASSIGN_OR_RETURN(NameArgument name, ReadName(memory, arg, dirfd, kind));
        call.names.push_back(std::move(name));
        dirfd = AT_FDCWD;
        break;
      }
      case ArgRole::kText: {
        USHER_ASSIGN_OR_RETURN(call.text, memory.ReadString(arg, kMaxName));
        break;
      }
      case ArgRole::kFd: call.fd = static_cast<int32_t>(low); break;
      case ArgRole::kOpenFlags: call.open_flags = low; break;
      case ArgRole::kMode: call.mode = low & 0xffff; break;
      case ArgRole::kDevice: call.device = low; break;
      case ArgRole::kAtFlags:
      case ArgRole::kLinkFlags: call.at_flags = low; break;
      case ArgRole::kRenameFlags: call.rename_flags = low; break;
      case ArgRole::kOwner: call.owner = low; break;
      case ArgRole::kGroup: call.group = low; break;
      case ArgRole::kLength: call.length = static_cast<int64_t>(arg); break;
      case ArgRole::kTimespecs: USHER_RETURN_IF_ERROR(ReadTimes<TimespecPair>(memory, arg, call)); break;
      case ArgRole::kTimevals: USHER_RETURN_IF_ERROR(ReadTimes<TimevalPair>(memory, arg, call)); break;
      case ArgRole::kUtimbuf: USHER_RETURN_IF_ERROR(ReadTimes<UtimbufPair>(memory, arg, call)); break;
      case ArgRole::kXattrName: {
        USHER_ASSIGN_OR_RETURN(call.xattr_name, memory.ReadString(arg, 256));
        break;
      }
      case ArgRole::kXattrValue: {
        if (next > kMaxXattrValue) return Refuse("xattr value", E2BIG);
        if (next == 0) break;
        USHER_ASSIGN_OR_RETURN(call.xattr_value, memory.ReadBytes(arg, next));
        break;
      }
      case ArgRole::kXattrFlags: call.xattr_flags = static_cast<int32_t>(low); break;
      case ArgRole::kArgv: {
        USHER_ASSIGN_OR_RETURN(call.argv, memory.ReadStringArray(arg, kMaxArgvStrings, kMaxArgvBytes));
        break;
      }
      case ArgRole::kSocketAddress: {
        USHER_ASSIGN_OR_RETURN(call.address, ReadSocketAddress(memory, arg, next));
        break;
      }
      case ArgRole::kSocketOutLength: {
        USHER_ASSIGN_OR_RETURN(call.out_length, memory.Read<int32_t>(arg));
        if (call.out_length < 0) return Refuse("address length", EINVAL);
        break;
      }
      case ArgRole::kBacklog: call.backlog = static_cast<int32_t>(low); break;
      case ArgRole::kLinger: {
        if (static_cast<int32_t>(next) < static_cast<int32_t>(sizeof(linger))) return Refuse("SO_LINGER", EINVAL);
        USHER_ASSIGN_OR_RETURN(call.lingering, memory.Read<linger>(arg));
        break;
      }
      case ArgRole::kBuffer: {
        Message message;
        message.wanted = next;
        const size_t take = static_cast<size_t>(std::min<uint64_t>(next, kMaxMessageBytes));
        if (take > 0) {
          USHER_ASSIGN_OR_RETURN(message.data, memory.ReadBytes(arg, take));
        }
        call.messages.push_back(std::move(message));
        break;
      }
      case ArgRole::kMessage: {
        USHER_ASSIGN_OR_RETURN(Message message, ReadMessage(memory, arg));
        call.messages.push_back(std::move(message));
        break;
      }
      case ArgRole::kMessages: {
        USHER_ASSIGN_OR_RETURN(call.messages, ReadMessages(memory, arg, static_cast<uint32_t>(next)));
        break;
      }
      case ArgRole::kMessageFlags: call.message_flags = low; break;
      case ArgRole::kPid: call.pids.push_back(static_cast<int32_t>(low)); break;
      case ArgRole::kWhich: call.which = static_cast<int32_t>(low); break;
      case ArgRole::kTraceRequest: call.trace_request = static_cast<int64_t>(arg); break;
      case ArgRole::kFamily: call.family = static_cast<int32_t>(low); break;
      case ArgRole::kType:
        call.type = static_cast<int32_t>(low);
        call.protocol = static_cast<int32_t>(next);
        break;
      case ArgRole::kWatchMask: call.watch_mask = low; break;
    }
  }
  // sendto has its address beside the buffer.
  if (!call.address.empty() && call.messages.size() == 1) call.messages[0].address = call.address;
  if (call.row->name == "creat") call.open_flags = O_CREAT | O_WRONLY | O_TRUNC;
  const bool empty_path = (call.at_flags & AT_EMPTY_PATH) != 0;
  for (NameArgument& name : call.names) {
    const bool no_follow = (call.at_flags & AT_SYMLINK_NOFOLLOW) != 0 || (call.watch_mask & IN_DONT_FOLLOW) != 0;
    if (name.kind == NameKind::kObject && no_follow) name.kind = NameKind::kLinkItself;
    if (name.kind == NameKind::kLinkItself && row.allow_by == AllowBy::kLink && (call.at_flags & AT_SYMLINK_FOLLOW) != 0) {
      name.kind = NameKind::kObject;
    }
    if (empty_path && name.text.empty() && name.kind != NameKind::kNewName) name.empty_is_dirfd = true;
  }
  return call;
}

}  // namespace usher
