#include "supervisor/syscalls/numbers.h"

#include <seccomp.h>

#include <string>

namespace usher {

RowByNumber::RowByNumber() {
  for (const Row& row : Table()) {
    if (row.allow_by == AllowBy::kNothing) continue;
    const int nr = seccomp_syscall_resolve_name(std::string(row.name).c_str());
    if (nr < 0) continue;  // not on this architecture
    if (static_cast<size_t>(nr) >= rows_.size()) rows_.resize(static_cast<size_t>(nr) + 1, nullptr);
    rows_[static_cast<size_t>(nr)] = &row;
  }
}

const RowByNumber& RowByNumber::Native() {
  static const RowByNumber& rows = *new RowByNumber();
  return rows;
}

}  // namespace usher
