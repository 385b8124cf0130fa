// One thing that happened, as it stands in the log.

#ifndef USHER_SUPERVISOR_AUDIT_RECORD_H_
#define USHER_SUPERVISOR_AUDIT_RECORD_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/decision.h"
#include "policies/operation.h"
#include "policies/subject.h"

namespace usher {

// A judged call and how it ended.
struct AuditRecord {
  std::string_view syscall;            // "openat"
  const Operation* operation = nullptr;
  const Decision* decision = nullptr;
  const Subject* subject = nullptr;    // may be null where nobody needs to know (counted reads)
  int error = 0;                       // errno given to the tracee, 0 on success
  bool done = true;                    // false: refused, nothing was done

  // Filled when a person (or their absence) decided.
  std::string_view answer;             // "allow", "deny", "timeout", "nobody", "flood"; empty when no question was asked
  std::string_view life;               // "once", "session", "project"
  std::string_view answered_by;
  std::chrono::milliseconds open{0};

  // Somebody will want to know why: its line says what the caller was started with, by whom and where it stood.
  bool WantsWhole() const { return !done || !answer.empty(); }
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_RECORD_H_
