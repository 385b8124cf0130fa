// What goes into the log and the totals of a run, and in which words.

#ifndef USHER_SUPERVISOR_RECORDER_H_
#define USHER_SUPERVISOR_RECORDER_H_

#include <functional>
#include <string>
#include <vector>

#include "policies/decision.h"
#include "policies/operation.h"
#include "supervisor/approval/approvals.h"
#include "supervisor/audit/log.h"
#include "supervisor/audit/refusal_flood.h"
#include "supervisor/audit/summary.h"
#include "supervisor/tracee/process_table.h"

namespace usher {

// One judged operation of a call, and how it ended.
struct Judged {
  std::string_view syscall;
  int32_t tid = 0;
  const Operation& operation;
  const Decision& decision;
  const Resolution* resolution = nullptr;  // when a person was asked
  bool plain_read = false;                 // the whole call only opens something for reading
  int error = 0;
  bool done = true;
};

class Recorder {
 public:
  // Everything is borrowed. `on_trouble` says something to the person, once per trouble.
  Recorder(AuditLog& log, Summary& summary, ProcessTable& processes, bool log_reads,
           std::function<void(const std::string&)> on_trouble);

  ~Recorder();  // writes how many lines the last flood was not given

  // False when the log could not be written: then nothing may be allowed, for an allowed call without its line in the log
  // is one that the receipt knows nothing of. Allowed reads are only counted, signals within the sandbox nobody's news.
  bool Record(const Judged& judged);

 private:
  bool Append(const AuditRecord& record);
  void AppendUnsaid();

  AuditLog& log_;
  Summary& summary_;
  ProcessTable& processes_;
  bool log_reads_;
  std::function<void(const std::string&)> on_trouble_;
  bool trouble_told_ = false;
  RefusalFlood refusals_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_RECORDER_H_
