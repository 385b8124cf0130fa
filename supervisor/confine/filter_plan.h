// The seccomp filter, planned from the table: pure, and run at build time.

#ifndef USHER_SUPERVISOR_CONFINE_FILTER_PLAN_H_
#define USHER_SUPERVISOR_CONFINE_FILTER_PLAN_H_

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/syscalls/row.h"

namespace usher {

// Whether opens from the gate (interpose/wire.h) run in the kernel: only below a floor that bites.
enum class MarkedOpens : uint8_t { kMediated, kNative };

// `scmp_arch` is libseccomp's token of the target (SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64). `mediate` is the filter's answer
// for a mediated call: SECCOMP_RET_USER_NOTIF or SECCOMP_RET_TRACE.
absl::StatusOr<std::vector<sock_filter>> PlanFilter(std::span<const Row> table, uint32_t scmp_arch, uint32_t mediate,
                                                    MarkedOpens marked = MarkedOpens::kMediated);

// What a filter says to a call: SECCOMP_RET_* with its data. An interpreter of classic BPF for tests and for
// docs/syscalls.md; the kernel has its own.
uint32_t RunFilter(std::span<const sock_filter> program, uint32_t audit_arch, int32_t nr, std::span<const uint64_t, 6> args,
                   uint64_t ip);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_FILTER_PLAN_H_
