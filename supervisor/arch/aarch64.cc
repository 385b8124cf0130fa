// arm64. Has only the *at forms of the path calls; 32-bit tracees report AUDIT_ARCH_ARM.

#if defined(__aarch64__)

#include <linux/audit.h>

#include "supervisor/arch/native.h"

namespace usher {

const uint32_t kNativeAuditArch = AUDIT_ARCH_AARCH64;
const std::string_view kNativeName = "aarch64";

}  // namespace usher

#endif
