// What holds for every call, whatever a tracee puts into its registers and behind its pointers.

#ifndef USHER_TESTS_FUZZ_SYSCALLS_SYSCALL_DEMANDS_H_
#define USHER_TESTS_FUZZ_SYSCALLS_SYSCALL_DEMANDS_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/socket_address.h"
#include "tests/fuzz/approval/demand.h"
#include "tests/support/fake_memory.h"

namespace usher {

// Registers that may point: a byte of the input says whether one is a number, or an address within what is laid out.
struct FuzzedCall {
  static constexpr uint64_t kBase = 0x10000 - 64;  // so that a page border lies in it
  static constexpr size_t kRegisters = 6 * 9;

  explicit FuzzedCall(std::string_view bytes) {
    std::array<char, 1 + kRegisters> head{};
    std::memcpy(head.data(), bytes.data(), std::min(bytes.size(), head.size()));
    row = static_cast<uint8_t>(head[0]);
    for (size_t i = 0; i < event.args.size(); ++i) {
      uint64_t value;
      std::memcpy(&value, head.data() + 1 + i * 9 + 1, sizeof(value));
      event.args[i] = (head[1 + i * 9] & 1) != 0 ? kBase + value % 8192 : value;
    }
    bytes.remove_prefix(std::min(bytes.size(), head.size()));
    memory.Put(kBase, bytes.substr(0, 16384));
  }

  size_t row = 0;
  SyscallEvent event;
  FakeMemory memory;
};

inline void CheckMessage(const Message& message) {
  USHER_DEMAND(message.address.size() <= kMaxSocketAddress);
  USHER_DEMAND(message.control.size() <= kMaxControl);
  USHER_DEMAND(message.data.size() <= kMaxMessageBytes);
  USHER_DEMAND(message.data.size() <= message.wanted);
}

// Every row of the table over these bytes. A copy is bounded whatever the counts say; a failure is an errno.
inline void CheckDecode(std::string_view bytes) {
  const FuzzedCall fuzzed(bytes);
  const Row& row = Table()[fuzzed.row % Table().size()];
  fuzzed.memory.asked = 0;
  const auto call = Decode(row, fuzzed.event, fuzzed.memory);
  USHER_DEMAND(fuzzed.memory.asked < (size_t{64} << 20));
  if (!call.ok()) {
    const int error = ErrnoOf(call.status());
    USHER_DEMAND(error == EFAULT || error == ENAMETOOLONG || error == EINVAL || error == EMSGSIZE || error == E2BIG ||
                 error == ENOBUFS);
    return;
  }
  USHER_DEMAND(call->row == &row);
  USHER_DEMAND(call->names.size() <= 2);
  for (const NameArgument& name : call->names) {
    USHER_DEMAND(name.text.size() < kMaxName);
    USHER_DEMAND(name.text.find('\0') == std::string::npos);
    USHER_DEMAND(!name.empty_is_dirfd || name.text.empty());
  }
  USHER_DEMAND(call->text.size() < kMaxName);
  USHER_DEMAND(call->xattr_name.size() < 256);
  USHER_DEMAND(call->xattr_value.size() <= kMaxXattrValue);
  USHER_DEMAND(call->address.size() <= kMaxSocketAddress);
  USHER_DEMAND(call->out_length >= 0);
  USHER_DEMAND(call->mode <= 0xffff);
  USHER_DEMAND(call->argv.size() <= kMaxArgvStrings + 1);
  USHER_DEMAND(call->messages.size() <= kMaxMessages);
  for (const Message& message : call->messages) CheckMessage(message);
}

// An address is what its family says, and nothing is read beyond its bytes.
inline void CheckSocketAddress(std::string_view bytes) {
  const auto address = ParseSocketAddress(bytes);
  if (!address.ok()) {
    USHER_DEMAND(ErrnoOf(address.status()) == EINVAL);
    return;
  }
  USHER_DEMAND(bytes.size() >= sizeof(sa_family_t));
  sa_family_t family;
  std::memcpy(&family, bytes.data(), sizeof(family));
  if (std::holds_alternative<InternetAddress>(*address)) USHER_DEMAND(family == AF_INET || family == AF_INET6);
  if (std::holds_alternative<UnspecifiedAddress>(*address)) USHER_DEMAND(family == AF_UNSPEC);
  if (const auto* name = std::get_if<UnixAbstract>(&*address)) {
    USHER_DEMAND(family == AF_UNIX && bytes.substr(3) == name->name);
  }
  const auto* path = std::get_if<UnixPath>(&*address);
  if (path == nullptr) return;
  USHER_DEMAND(!path->path.empty() && path->path.find('\0') == std::string::npos);
  const auto again = UnixPathAddress(path->path);
  USHER_DEMAND(again.ok() == (path->path.size() < sizeof(sockaddr_un::sun_path)));
  if (!again.ok()) return;
  const auto same = ParseSocketAddress(*again);
  USHER_DEMAND(same.ok() && std::get<UnixPath>(*same).path == path->path);
}

}  // namespace usher

#endif  // USHER_TESTS_FUZZ_SYSCALLS_SYSCALL_DEMANDS_H_
