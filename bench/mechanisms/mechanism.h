// By which ways can a call be let through? One entry a mechanism: when it applies, how a measured process is started under
// it, and how it is known that it was really used. To add one (a gate, say), add an entry to Mechanisms().

#ifndef USHER_BENCH_MECHANISMS_MECHANISM_H_
#define USHER_BENCH_MECHANISMS_MECHANISM_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/mechanisms/session.h"
#include "supervisor/syscalls/row.h"

namespace usher::bench {

// What witnesses that a mechanism was used: in each batch, or at the end of a session.
enum class Witness : uint8_t {
  kNoFilter,        // /proc/PID/status says Seccomp: 0
  kFilter,          // … one filter, and nothing waits
  kFloor,           // a file outside the floor cannot be opened
  kSupervisorCount, // the minimal supervisor counted every call
  kUsherRecords,    // the receipt or the log counts every call, and every caller waited; where Usher keeps no record of a
                    // call, the waiting alone
};

struct Mechanism {
  std::string_view name;
  std::string_view minimal_for;  // what it is the smallest loop of: "continue", "broker", "trace", or empty
  Witness witness;
  bool (*applies)(const Row&);
  absl::StatusOr<Session> (*start)(const SessionRequest&);
};

std::span<const Mechanism> Mechanisms();

// Which mechanism is the least that Usher could do for an allowed call of this row.
std::string_view MinimalFor(const Row& row);

// Whether an allowed call is held at all, with the arguments that its recipe uses.
bool IsHeld(const Row& row);

}  // namespace usher::bench

#endif  // USHER_BENCH_MECHANISMS_MECHANISM_H_
