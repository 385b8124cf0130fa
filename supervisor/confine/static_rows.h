// The table for where no call can be judged: what Landlock bounds runs in the kernel, everything else that would have
// been held is refused. Pure; the filter derives from it at build time.

#ifndef USHER_SUPERVISOR_CONFINE_STATIC_ROWS_H_
#define USHER_SUPERVISOR_CONFINE_STATIC_ROWS_H_

#include <vector>

#include "supervisor/syscalls/row.h"

namespace usher {

// No row of it is, and no test of it leads to, Treatment::kMediated.
std::vector<Row> StaticTable();

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_STATIC_ROWS_H_
