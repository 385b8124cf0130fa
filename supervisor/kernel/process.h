// Processes by number: pidfds, and what /proc says of them.

#ifndef USHER_SUPERVISOR_KERNEL_PROCESS_H_
#define USHER_SUPERVISOR_KERNEL_PROCESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

absl::StatusOr<UniqueFd> PidfdOpen(int32_t pid);

// A duplicate of descriptor `fd` of the process behind `pidfd` (5.6; needs the right to ptrace it).
absl::StatusOr<UniqueFd> PidfdGetFd(int pidfd, int fd);

// The process (or thread) behind a pidfd of our own: ESRCH when it is gone, EBADF for any other descriptor, EPERM for
// one that this pid namespace does not know.
absl::StatusOr<int32_t> PidOfPidfd(int pidfd);

absl::Status PidfdKill(int pidfd, int signal);

// Whether the process behind a pidfd has certainly not been reaped, so that its number is still its own
// (pidfd_send_signal(2)). False too for one that we may not signal.
bool PidfdIsThere(int pidfd);

// Fields of /proc/ID/stat, where ID may be a thread.
struct ProcStat {
  std::string comm;
  char state = '?';
  int32_t parent = 0;
  int32_t group = 0;
  int32_t session = 0;
  int32_t terminal = 0;  // device number of the controlling terminal, 0 for none
  uint64_t start_ticks = 0;
};
absl::StatusOr<ProcStat> ReadProcStat(int32_t id);
absl::StatusOr<ProcStat> ParseProcStat(std::string_view text);

// The process (thread group) that a thread belongs to.
absl::StatusOr<int32_t> ThreadGroupOf(int32_t tid);

// umask(2) of a thread (/proc/ID/status, 4.7).
absl::StatusOr<uint32_t> UmaskOf(int32_t tid);

// Whether somebody traces it (TracerPid in /proc/ID/status). True when nobody can tell.
bool IsTraced(int32_t tid);

// RLIMIT_FSIZE of a thread's process, in bytes (prlimit(2)).
absl::StatusOr<uint64_t> FileSizeLimitOf(int32_t tid);

// A signal to one thread (tgkill(2)).
absl::Status SignalThread(int32_t process, int32_t tid, int signal);

// Children of a process, all threads' (/proc/PID/task/*/children). Racy by nature: repeat until it is empty.
std::vector<int32_t> ChildrenOf(int32_t pid);

// The threads of a process; empty when it is gone.
std::vector<int32_t> ThreadsOf(int32_t pid);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_PROCESS_H_
