#include "supervisor/confine/filter.h"

#include <linux/seccomp.h>
#include <seccomp.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>

namespace usher {
namespace {

#include "supervisor/confine/filter_program.inc"

}  // namespace

std::span<const sock_filter> NotifyFilter() { return kNotifyFilter; }
std::span<const sock_filter> GatedFilter() { return kGatedFilter; }
std::span<const sock_filter> TraceFilter() { return kTraceFilter; }
std::span<const sock_filter> GatedTraceFilter() { return kGatedTraceFilter; }

std::vector<sock_filter> StaticFilterBelow(int floor_abi) {
  std::vector<std::string_view> unbounded;
  if (floor_abi < 3) unbounded.push_back("truncate");
  if (floor_abi < 6) {
    unbounded.insert(unbounded.end(),
                     {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"});
  }
  return RefusingFirst(unbounded, kStaticFilter);
}

std::vector<sock_filter> RefusingFirst(std::span<const std::string_view> calls, std::span<const sock_filter> filter) {
  std::vector<sock_filter> program;
  if (!calls.empty()) program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const std::string_view name : calls) {
    const int nr = seccomp_syscall_resolve_name(std::string(name).c_str());
    if (nr < 0) continue;
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(nr), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  program.insert(program.end(), filter.begin(), filter.end());
  return program;
}

}  // namespace usher
