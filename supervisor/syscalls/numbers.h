// From a call's number, on the CPU at hand, to its row.

#ifndef USHER_SUPERVISOR_SYSCALLS_NUMBERS_H_
#define USHER_SUPERVISOR_SYSCALLS_NUMBERS_H_

#include <vector>

#include "supervisor/syscalls/row.h"

namespace usher {

class RowByNumber {
 public:
  RowByNumber();

  // The one of this process, made when it is first asked for.
  static const RowByNumber& Native();

  // Null for a number that nobody mediates: such an event is answered with ENOSYS.
  const Row* Find(int32_t nr) const {
    return nr >= 0 && static_cast<size_t>(nr) < rows_.size() ? rows_[static_cast<size_t>(nr)] : nullptr;
  }

 private:
  std::vector<const Row*> rows_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_NUMBERS_H_
