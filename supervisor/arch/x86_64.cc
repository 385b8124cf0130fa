// x86-64. Shares AUDIT_ARCH_X86_64 with x32, whose call numbers carry bit 30: the filter tests that bit right after the
// architecture.

#if defined(__x86_64__)

#include <linux/audit.h>

#include "supervisor/arch/native.h"

namespace usher {

const uint32_t kNativeAuditArch = AUDIT_ARCH_X86_64;
const std::string_view kNativeName = "x86_64";

}  // namespace usher

#endif
