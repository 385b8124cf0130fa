// Was the mechanism really used? What the kernel, the smallest supervisors and Usher's own records say of a session.

#ifndef USHER_BENCH_MECHANISMS_EVIDENCE_H_
#define USHER_BENCH_MECHANISMS_EVIDENCE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/mechanisms/mechanism.h"

namespace usher::bench {

// What a session did, summed over its batches.
struct SessionTotals {
  uint64_t calls = 0;
  uint64_t waits = 0;    // context switches of the callers
  uint64_t handled = 0;  // by the smallest supervisor
};

// The status of the measured process, while it lives.
absl::Status CheckState(const Mechanism& mechanism, const Session& session);

// After the session has ended. The text of a good one says what was counted: "receipt: 4120 reads".
absl::StatusOr<std::string> CheckTotals(const Mechanism& mechanism, const Row& row, const SessionTotals& totals,
                                        const std::string& state);

// What Usher's records of all runs in a state directory say; the records are removed.
struct UsherRecords {
  uint64_t reads = 0;  // counted in the receipts
  uint64_t lines = 0;  // of the logs, about this call
  uint64_t denied = 0;
  uint64_t held = 0;  // calls that waited for Usher
  uint64_t log_bytes = 0, log_lines = 0;
  int runs = 0;
  bool gated = false;  // reads went past Usher, or could have
};
UsherRecords TakeUsherRecords(const std::string& state, std::string_view call);

}  // namespace usher::bench

#endif  // USHER_BENCH_MECHANISMS_EVIDENCE_H_
