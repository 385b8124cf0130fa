// Build tool: writes the filters for one architecture as C++ arrays. filter_generator ARCH > filter_program.inc

#include <linux/seccomp.h>
#include <seccomp.h>

#include <cerrno>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include "supervisor/confine/filter_plan.h"
#include "supervisor/confine/static_rows.h"
#include "supervisor/syscalls/row.h"

int main(int argc, char** argv) {
  const std::string_view arch = argc == 2 ? argv[1] : "";
  const uint32_t token = arch == "x86_64" ? SCMP_ARCH_X86_64 : arch == "aarch64" ? SCMP_ARCH_AARCH64 : 0;
  if (token == 0) {
    std::fprintf(stderr, "usage: filter_generator x86_64|aarch64\n");
    return 2;
  }
  const std::vector<usher::Row> fixed = usher::StaticTable();
  const struct {
    const char* name;
    std::span<const usher::Row> table;
    uint32_t mediate;
    usher::MarkedOpens marked;
  } variants[] = {{"kNotifyFilter", usher::Table(), SECCOMP_RET_USER_NOTIF, usher::MarkedOpens::kMediated},
                  {"kGatedFilter", usher::Table(), SECCOMP_RET_USER_NOTIF, usher::MarkedOpens::kNative},
                  {"kTraceFilter", usher::Table(), SECCOMP_RET_TRACE, usher::MarkedOpens::kMediated},
                  {"kGatedTraceFilter", usher::Table(), SECCOMP_RET_TRACE, usher::MarkedOpens::kNative},
                  {"kStaticFilter", fixed, SECCOMP_RET_ERRNO | EPERM, usher::MarkedOpens::kMediated}};
  for (const auto& variant : variants) {
    const auto program = usher::PlanFilter(variant.table, token, variant.mediate, variant.marked);
    if (!program.ok()) {
      std::fprintf(stderr, "filter_generator: %s\n", program.status().ToString().c_str());
      return 1;
    }
    std::printf("constexpr sock_filter %s[] = {\n", variant.name);
    for (const sock_filter& step : *program) {
      std::printf("    {0x%02x, %u, %u, 0x%08x},\n", step.code, step.jt, step.jf, step.k);
    }
    std::printf("};\n");
  }
  return 0;
}
