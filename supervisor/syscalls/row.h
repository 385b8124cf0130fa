// One system call, one row: how the filter treats it, what its arguments are, what it means and how an allowed one is done.

#ifndef USHER_SUPERVISOR_SYSCALLS_ROW_H_
#define USHER_SUPERVISOR_SYSCALLS_ROW_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "interpose/wire.h"

namespace usher {

// What an argument is. The decoder reads memory by this, so a role also says how much is copied.
enum class ArgRole : uint8_t {
  kNone,       // not looked at
  kDirFd,      // where the next name starts
  kPath,       // name of an object; a final symbolic link is followed unless flags say no
  kLinkPath,   // name of an object; a final symbolic link is the object
  kNewName,    // a name that is made or taken away: judged as parent and last component
  kText,       // bytes up to NUL that name nothing (the target of a symbolic link)
  kFd,         // the descriptor that is acted on
  kOpenFlags,
  kMode,
  kDevice,
  kAtFlags,
  kRenameFlags,
  kLinkFlags,
  kOwner,
  kGroup,
  kLength,
  kTimespecs,  // two struct timespec, or NULL for now
  kTimevals,   // two struct timeval, or NULL for now
  kUtimbuf,    // struct utimbuf, or NULL for now
  kXattrName,
  kXattrValue, // its size is the next argument
  kXattrSize,
  kXattrFlags,
  kArgv,
  kEnvp,
  kSocketAddress,  // its size is the next argument
  kSocketLength,
  kSocketOut,      // where the kernel would write an address
  kSocketOutLength,
  kBacklog,
  kLinger,     // struct linger; its size is the next argument
  kBuffer,     // its size is the next argument
  kSize,
  kMessage,    // struct msghdr
  kMessages,   // struct mmsghdr[]; its count is the next argument
  kCount,
  kMessageFlags,
  kPid,        // a thread or process id; negative and zero as kill(2) has them
  kWhich,      // what the id names in getpriority(2) and ioprio_get(2)
  kSignal,
  kSignalInfo,  // siginfo_t, or NULL
  kTraceRequest,
  kFamily,
  kType,
  kWatchMask,
};

// How the filter treats a call.
enum class Treatment : uint8_t {
  kNative,    // stays in the kernel
  kMediated,  // held, judged, done by the broker
  kRefused,   // an errno from the filter
};

// How an allowed call is done.
enum class AllowBy : uint8_t {
  kNothing,  // not mediated
  kOpen, kMakeDirectory, kMakeNode, kRemove, kRename, kLink, kSymbolicLink,
  kChangeMode, kChangeOwner, kSetTimes, kSetXattr, kRemoveXattr, kTruncate, kWatch,
  kExec,
  kConnect, kBind, kListen, kSend, kSendMessage, kSendMessages, kSocketName, kPeerName, kSetLinger,
  kSignalByDescriptor,
  kContinue,  // the kernel runs it: needs continue_reason
};

// A test of one argument in the filter, or of a pair, before the row's own treatment applies. All tests of a row are tried
// in order.
struct ArgTest {
  static constexpr uint8_t kAlone = 0xff;
  enum class Compare : uint8_t { kEqual, kAnyBit };
  uint8_t arg = 0;
  Compare compare = Compare::kEqual;
  bool wide = false;      // compare 64 bits; else the low 32, where the kernel takes 32 and ignores the high ones
  uint32_t mask = ~0u;    // of the low half, for kEqual
  uint32_t value = 0;
  Treatment then = Treatment::kNative;
  int error = 0;          // for kRefused; 0 answers success without doing anything
  // Another argument whose low half has to equal `with_value` as well: the level that an option's name belongs to.
  uint8_t with_arg = kAlone;
  uint32_t with_value = 0;
  std::string_view word{};  // for docs/syscalls.md: the value as people write it
};

struct Row {
  std::string_view name;                 // libseccomp resolves it per architecture; absent ones are skipped
  std::array<ArgRole, 6> args{};
  AllowBy allow_by = AllowBy::kNothing;
  Treatment treatment = Treatment::kMediated;
  int error = 0;                         // errno of kRefused
  std::span<const ArgTest> tests{};
  std::optional<GateArgs> gate{};        // an open that may run in the kernel when it is marked (interpose/wire.h)
  std::string_view continue_reason{};    // why the kernel may run it with the tracee's own registers
  std::string_view note{};               // for docs/syscalls.md: why refused, what a test lets through
};

// Whether the registers say all: nothing is read of the caller's memory, and none of its descriptors is looked at.
constexpr bool SaidByRegisters(const Row& row) {
  for (const ArgRole role : row.args) {
    switch (role) {
      case ArgRole::kNone:
      case ArgRole::kPid:
      case ArgRole::kWhich:
      case ArgRole::kSignal:
      case ArgRole::kFamily:
      case ArgRole::kType:
        continue;
      default:
        return false;
    }
  }
  return true;
}

// Mediated, conditional and refused calls, and the ones that stay in the kernel. Everything not named here is ENOSYS.
std::span<const Row> Table();

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_ROW_H_
