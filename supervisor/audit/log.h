// The append-only log of a run: JSON lines, each holding the hash of the line before it, in a file that the sandbox
// cannot reach. How a line is framed and checked: log_chain.h.

#ifndef USHER_SUPERVISOR_AUDIT_LOG_H_
#define USHER_SUPERVISOR_AUDIT_LOG_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/audit/record.h"
#include "supervisor/audit/redact.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// What a run is, for the first line of the log and for the receipt.
struct RunInfo {
  std::string id;  // "s-7f3a9c01"
  std::vector<std::string> argv;
  std::string workspace;
  std::string user;
  std::string host;                   // "Debian GNU/Linux 12, Linux 6.18.44 x86_64"
  std::string engine;                 // "seccomp-notify"
  std::string tier;                   // "full", …: docs/design.md, "Tiers"
  bool watched = true;                // false: no call was held, so nobody knows what the command did
  bool gate = false;                  // reads that the floor allows ran in the kernel, and nobody counted them
  std::vector<std::string> degraded;  // sentences: what this host could not enforce
  std::vector<std::string> policy;    // "builtin:developer sha256:41f0…"
  int64_t started_unix_ms = 0;
  std::vector<std::string> masked_names;  // "*_TOKEN": the environment mask list, whose values are never written
};

class AuditLog {
 public:
  // Creates `path` (0600, must not exist) and writes the first line.
  static absl::StatusOr<AuditLog> Create(const std::string& path, const RunInfo& run);
  AuditLog(AuditLog&&) noexcept = default;
  AuditLog& operator=(AuditLog&&) noexcept = default;

  // Appends one whole line with one write(2), before the reply to the tracee is sent. When the disk is full the file is
  // cut back to its last whole line and the error returned; the next Append tries again, and the first line that gets
  // through says how many were lost. Command lines are redacted before they are hashed or written (redact.h).
  // Under a file size limit the kernel sends SIGXFSZ: whoever owns the process ignores it.
  absl::Status Append(const AuditRecord& record, std::chrono::system_clock::time_point when);

  // A line about the run itself: {"type":"run.end","exit":0,…} or {"type":"grant.revoked",…}. `json_fields` is the
  // inside of a JSON object on one line; InvalidArgument when it is not.
  absl::Status AppendEvent(std::string_view type, std::string_view json_fields,
                           std::chrono::system_clock::time_point when);

  uint64_t lines() const { return lines_; }
  uint64_t dropped() const { return dropped_; }      // lines that could not be written
  const std::string& head() const { return head_; }  // SHA-256 of the last line, hex
  const std::string& path() const { return path_; }

 private:
  explicit AuditLog(const RunInfo& run) : redactor_(run.masked_names) {}
  void Begin(std::string_view type, int64_t unix_ms);
  absl::Status WriteLine();
  absl::Status Drop(int error);

  UniqueFd fd_;
  Redactor redactor_;
  std::string path_, head_;
  std::string buffer_;  // the line being built; kept for its memory
  uint64_t lines_ = 0, dropped_ = 0;
  uint64_t unsaid_ = 0;  // dropped lines that no line in the file speaks of yet
  int64_t end_ = 0;      // offset of the end of the last whole line
  bool ragged_ = false;  // bytes of a broken line may lie behind end_
};

// Checks the chain of a log file and counts its lines. DataLoss names the first line that does not follow from the one
// before.
absl::StatusOr<uint64_t> VerifyLog(const std::string& path);

// "2026-11-23T17:07:43.123Z".
void AppendTimestamp(std::string& out, int64_t unix_ms);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_LOG_H_
