#include "supervisor/recorder.h"

#include <chrono>
#include <utility>

#include "policies/text.h"

namespace usher {
namespace {

std::string_view AnswerOf(const Resolution& resolution) {
  switch (resolution.how) {
    case Resolution::How::kAnswered: return resolution.allow ? "allow" : "deny";
    case Resolution::How::kTimedOut: return "timeout";
    case Resolution::How::kNobodyThere: return "nobody";
    case Resolution::How::kFlood: return "flood";
    case Resolution::How::kStopAgent: return "stop";
  }
  return "deny";
}

}  // namespace

Recorder::Recorder(AuditLog& log, Summary& summary, ProcessTable& processes, bool log_reads,
                   std::function<void(const std::string&)> on_trouble)
    : log_(log),
      summary_(summary),
      processes_(processes),
      log_reads_(log_reads),
      on_trouble_(std::move(on_trouble)) {}

bool Recorder::Record(const Judged& judged) {
  const bool by_rule = judged.decision.verdict == Verdict::kAllow && judged.decision.grant.empty();
  if (by_rule && judged.plain_read && !log_reads_) {
    if (judged.done) summary_.CountRead();
    return true;
  }
  if (by_rule && std::holds_alternative<ProcessOperation>(judged.operation)) return true;
  AuditRecord record;
  record.syscall = judged.syscall;
  record.operation = &judged.operation;
  record.decision = &judged.decision;
  record.error = judged.error;
  record.done = judged.done;
  if (judged.resolution != nullptr) {
    record.answer = AnswerOf(*judged.resolution);
    record.life = ToString(judged.resolution->life);
    record.answered_by = judged.resolution->by;
    record.open = judged.resolution->open;
  }
  const Subject subject =
      record.WantsWhole() ? processes_.DescribeWithDirectory(judged.tid) : processes_.Describe(judged.tid);
  record.subject = &subject;
  summary_.Add(record);
  if (!record.done) {
    const std::string what = Concat(record.syscall, " ", KindOf(judged.operation), " ", ObjectOf(judged.operation), " ",
                                    judged.error, " ", record.answer);
    if (!refusals_.Admit(RefusalFlood::Clock::now(), what)) return true;  // nothing was done, and it is counted
    AppendUnsaid();
  }
  return Append(record);
}

void Recorder::AppendUnsaid() {
  const uint64_t unsaid = refusals_.TakeUnsaid();
  if (unsaid == 0) return;
  (void)log_.AppendEvent("refused.more", Concat("\"calls\":", unsaid), std::chrono::system_clock::now());
}

Recorder::~Recorder() { AppendUnsaid(); }

bool Recorder::Append(const AuditRecord& record) {
  const absl::Status status = log_.Append(record, std::chrono::system_clock::now());
  if (status.ok()) {
    trouble_told_ = false;
    return true;
  }
  if (!std::exchange(trouble_told_, true)) {
    on_trouble_(Concat("usher: cannot write the log: ", FromAbsl(status.message()),
                       "; until it can be written, everything that needs a line in it is refused. "
                       "Free some space on the disk of ",
                       log_.path()));
  }
  return false;
}

}  // namespace usher
