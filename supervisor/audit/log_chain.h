// Does every line of a log follow from the one before it?
//
// A line is `{"n":N,"prev":"HASH",…}` and a newline; N counts from 0 and HASH is the SHA-256, in hex, of the exact
// bytes of the line before without its newline (64 zeros in the first line). The last line has nobody to vouch for it:
// compare its hash, the head, with the one in the receipt. Only the frame is looked at here, so no JSON parser can be
// fooled.

#ifndef USHER_SUPERVISOR_AUDIT_LOG_CHAIN_H_
#define USHER_SUPERVISOR_AUDIT_LOG_CHAIN_H_

#include <sodium/crypto_hash_sha256.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace usher {

// What the hash field of a first line says.
inline constexpr std::string_view kNoLineBefore = "0000000000000000000000000000000000000000000000000000000000000000";

// Longer lines are never written and never read.
inline constexpr size_t kMaxLogLine = size_t{4} << 20;

std::string LineHash(std::string_view bytes);

struct LogChain {
  uint64_t lines = 0;
  uint64_t dropped = 0;  // lines that a later line says could not be written
  std::string head{kNoLineBefore};
  std::string sha256;  // of the whole file
};

// Pure: takes the bytes of a log in pieces of any size.
class ChainVerifier {
 public:
  ChainVerifier();

  // DataLoss names the first line that does not follow; it stays the answer from then on.
  absl::Status Feed(std::string_view bytes);
  absl::StatusOr<LogChain> Finish();

 private:
  absl::Status TakeLine(std::string_view line);

  LogChain chain_;
  std::string partial_;
  absl::Status broken_;
  crypto_hash_sha256_state file_hash_;
};

// The chain of the log file at `path`.
absl::StatusOr<LogChain> VerifyLogChain(const std::string& path);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_LOG_CHAIN_H_
