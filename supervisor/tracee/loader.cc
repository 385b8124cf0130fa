#include "supervisor/tracee/loader.h"

#include <elf.h>

#include <cstring>
#include <string>

#include "policies/text.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

// Loaders have a quarter of this. Behind one there is the next mapping, which the kernel made before the program ran:
// nothing there opens files.
constexpr uint64_t kLargestLoader = 1 << 20;

}  // namespace

bool IsInLoader(int32_t tid, uint64_t ip) {
  const auto vector = ReadFile(Concat("/proc/", tid, "/auxv"), 4096);
  if (!vector.ok()) return false;
  for (size_t at = 0; at + sizeof(Elf64_auxv_t) <= vector->size(); at += sizeof(Elf64_auxv_t)) {
    Elf64_auxv_t entry;
    std::memcpy(&entry, vector->data() + at, sizeof(entry));
    if (entry.a_type != AT_BASE) continue;
    return entry.a_un.a_val != 0 && ip >= entry.a_un.a_val && ip - entry.a_un.a_val < kLargestLoader;
  }
  return false;
}

}  // namespace usher
