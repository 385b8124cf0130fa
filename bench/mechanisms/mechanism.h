// By which ways can a call be let through? One entry a mechanism: when it applies, how a measured process is started
// under it, and how it is known that it was really used. To add one, add an entry to Mechanisms().

#ifndef USHER_BENCH_MECHANISMS_MECHANISM_H_
#define USHER_BENCH_MECHANISMS_MECHANISM_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/calls/recipe.h"
#include "bench/mechanisms/session.h"
#include "supervisor/syscalls/row.h"

namespace usher::bench {

// What witnesses that a mechanism was used: in each batch, or at the end of a session.
enum class Witness : uint8_t {
  kNoFilter,         // /proc/PID/status says Seccomp: 0
  kFilter,           // … one filter, and nothing waits
  kFloor,            // a file outside the floor cannot be opened
  kSupervisorCount,  // the minimal supervisor counted every call
  kUsherGate,        // Usher's filter is there, no caller waited, and the receipt knows of no read
  kUsherRecords,  // the receipt or the log counts every call, and every caller waited; where Usher keeps no record of a
                  // call, the waiting alone
};

struct Mechanism {
  std::string_view name;
  std::string_view minimal_for;  // what it is the smallest loop of: "continue", "broker", "trace", or empty
  Witness witness;
  bool (*applies)(const Row&, const Recipe&);
  absl::StatusOr<Session> (*start)(const SessionRequest&);
  bool marked = false;  // opens as the patched C library makes them
};

std::span<const Mechanism> Mechanisms();

// Which mechanism is the least that this one of Usher's could do for an allowed call of the row.
std::string_view MinimalFor(const Row& row, std::string_view mechanism = "usher");

// Whether an allowed call is held at all, with the arguments that its recipe uses.
bool IsHeld(const Row& row);

}  // namespace usher::bench

#endif  // USHER_BENCH_MECHANISMS_MECHANISM_H_
