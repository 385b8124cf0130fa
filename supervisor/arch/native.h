// What differs per CPU, for the CPU that this binary runs on: the audit architecture that seccomp reports, and its name.
// Tracees of any other architecture (i386, x32, arm32) are killed by the filter before they are seen.

#ifndef USHER_SUPERVISOR_ARCH_NATIVE_H_
#define USHER_SUPERVISOR_ARCH_NATIVE_H_

#include <cstdint>
#include <string_view>

namespace usher {

extern const uint32_t kNativeAuditArch;       // AUDIT_ARCH_* of <linux/audit.h>
extern const std::string_view kNativeName;    // "x86_64", "aarch64"

}  // namespace usher

#endif  // USHER_SUPERVISOR_ARCH_NATIVE_H_
