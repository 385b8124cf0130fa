#include "supervisor/audit/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "policies/text.h"
#include "supervisor/audit/json_text.h"
#include "supervisor/audit/log_chain.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

constexpr size_t kMaxEventFields = size_t{256} * 1024;

int64_t UnixMilliseconds(std::chrono::system_clock::time_point when) {
  return std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

void AppendPadded(std::string& out, int64_t number, int width) {
  const std::string digits = std::to_string(number);
  for (int i = static_cast<int>(digits.size()); i < width; ++i) out += '0';
  out += digits;
}

void AppendTextField(std::string& out, std::string_view key, std::string_view bytes) {
  out += ',';
  AppendJsonField(out, key, bytes);
}

void AppendOptionalField(std::string& out, std::string_view key, std::string_view bytes) {
  if (!bytes.empty()) AppendTextField(out, key, bytes);
}

void AppendListField(std::string& out, std::string_view key, const std::vector<std::string>& values) {
  out += ',';
  AppendJsonList(out, key, values);
}

void AppendError(std::string& out, int error) {
  const char* name = strerrorname_np(error);
  AppendTextField(out, "errno", name != nullptr ? std::string_view(name) : std::to_string(error));
}

void AppendOperation(std::string& out, const Operation& operation, const Redactor& redactor) {
  AppendTextField(out, "kind", KindOf(operation));
  const std::string object = ObjectOf(operation);
  AppendTextField(out, "object", object);
  if (const std::string_view asked = AskedAs(operation); asked != object) AppendOptionalField(out, "asked", asked);
  if (const auto* net = std::get_if<NetOperation>(&operation)) {
    AppendTextField(out, "transport", net->transport == Transport::kTcp ? "tcp" : "udp");
    AppendTextField(out, "address", net->address.ToString());
    if (!net->names.empty()) AppendListField(out, "names", net->names);
  }
  if (const auto* exec = std::get_if<ExecOperation>(&operation)) {
    AppendOptionalField(out, "interpreter", exec->interpreter);
    AppendListField(out, "argv", redactor.Argv(exec->argv));
  }
}

void AppendDecision(std::string& out, const Decision& decision) {
  AppendTextField(out, "verdict", ToString(decision.verdict));
  if (decision.risk != Risk::kOrdinary) AppendTextField(out, "risk", ToString(decision.risk));
  AppendTextField(out, "rule", decision.rule);
  AppendOptionalField(out, "source", decision.source);
  AppendOptionalField(out, "grant", decision.grant);
}

// `whole`: with the command line, the working directory and the ancestors.
void AppendSubject(std::string& out, const Subject& subject, const Redactor& redactor, bool whole) {
  AppendTo(out, ",\"pid\":", subject.pid);
  if (subject.tid != subject.pid) AppendTo(out, ",\"tid\":", subject.tid);
  AppendTo(out, ",\"start_ticks\":", subject.start_ticks);
  AppendTextField(out, "exe", subject.exe);
  if (!whole) return;
  AppendTextField(out, "cwd", subject.cwd);
  AppendListField(out, "command", redactor.Argv(subject.argv));
  AppendListField(out, "chain", subject.chain);
}

}  // namespace

void AppendTimestamp(std::string& out, int64_t unix_ms) {
  using std::chrono::days, std::chrono::milliseconds, std::chrono::sys_time;
  const sys_time<milliseconds> when{milliseconds(unix_ms)};
  const auto day = std::chrono::floor<days>(when);
  const std::chrono::year_month_day date{day};
  const int64_t of_day = (when - day).count();
  AppendPadded(out, static_cast<int>(date.year()), 4);
  out += '-';
  AppendPadded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  AppendPadded(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  AppendPadded(out, of_day / 3'600'000, 2);
  out += ':';
  AppendPadded(out, of_day / 60'000 % 60, 2);
  out += ':';
  AppendPadded(out, of_day / 1000 % 60, 2);
  out += '.';
  AppendPadded(out, of_day % 1000, 3);
  out += 'Z';
}

absl::StatusOr<AuditLog> AuditLog::Create(const std::string& path, const RunInfo& run) {
  AuditLog log(run);
  log.path_ = path;
  log.head_ = kNoLineBefore;
  log.fd_.reset(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!log.fd_) return ErrnoStatus(Concat("open(\"", path, "\", O_CREAT | O_EXCL)"));
  // The umask may have taken even the owner's rights away.
  if (fchmod(log.fd_.get(), 0600) < 0) return ErrnoStatus(Concat("fchmod(\"", path, "\", 0600)"));

  log.Begin("run.start", run.started_unix_ms);
  std::string& out = log.buffer_;
  AppendTextField(out, "id", run.id);
  AppendListField(out, "argv", log.redactor_.Argv(run.argv));
  AppendTextField(out, "workspace", run.workspace);
  AppendTextField(out, "user", run.user);
  AppendTextField(out, "host", run.host);
  AppendTextField(out, "engine", run.engine);
  AppendOptionalField(out, "tier", run.tier);
  AppendListField(out, "degraded", run.degraded);
  AppendListField(out, "policy", run.policy);
  if (absl::Status written = log.WriteLine(); !written.ok()) {
    unlink(path.c_str());  // an empty log would stand for a run that never was
    return written;
  }
  return log;
}

absl::Status AuditLog::Append(const AuditRecord& record, std::chrono::system_clock::time_point when) {
  Begin("call", UnixMilliseconds(when));
  AppendTextField(buffer_, "syscall", record.syscall);
  if (record.operation != nullptr) AppendOperation(buffer_, *record.operation, redactor_);
  if (record.decision != nullptr) AppendDecision(buffer_, *record.decision);
  AppendTo(buffer_, ",\"done\":", record.done ? "true" : "false");
  if (record.error != 0) AppendError(buffer_, record.error);
  if (!record.answer.empty()) {
    AppendTextField(buffer_, "answer", record.answer);
    AppendOptionalField(buffer_, "life", record.life);
    AppendOptionalField(buffer_, "by", record.answered_by);
    AppendTo(buffer_, ",\"open_ms\":", record.open.count());
  }
  if (record.subject != nullptr) AppendSubject(buffer_, *record.subject, redactor_, record.WantsWhole());
  return WriteLine();
}

absl::Status AuditLog::AppendEvent(std::string_view type, std::string_view json_fields,
                                   std::chrono::system_clock::time_point when) {
  if (json_fields.size() > kMaxEventFields || json_fields.find_first_of("\r\n") != std::string_view::npos ||
      !nlohmann::json::accept(Concat("{", json_fields, "}"))) {
    return absl::InvalidArgumentError(Concat("event ", type, ": not the inside of a JSON object on one line"));
  }
  Begin(type, UnixMilliseconds(when));
  if (!json_fields.empty()) AppendTo(buffer_, ",", json_fields);
  return WriteLine();
}

void AuditLog::Begin(std::string_view type, int64_t unix_ms) {
  buffer_.clear();
  AppendTo(buffer_, "{\"n\":", lines_, ",\"prev\":\"", head_, "\"");
  if (unsaid_ > 0) AppendTo(buffer_, ",\"dropped\":", unsaid_);
  buffer_ += ",\"t\":\"";
  AppendTimestamp(buffer_, unix_ms);
  buffer_ += '"';
  AppendTextField(buffer_, "type", type);
}

absl::Status AuditLog::WriteLine() {
  buffer_ += '}';
  if (buffer_.size() > kMaxLogLine) return Drop(EMSGSIZE);
  if (ragged_ && ftruncate(fd_.get(), end_) < 0) return Drop(errno);
  ragged_ = false;

  std::string head = LineHash(buffer_);
  buffer_ += '\n';
  ssize_t written;
  do {
    written = write(fd_.get(), buffer_.data(), buffer_.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) return Drop(errno);
  if (static_cast<size_t>(written) < buffer_.size()) {
    // A short write is how a full disk begins. Half a line would look like tampering.
    ragged_ = ftruncate(fd_.get(), end_) < 0;
    return Drop(ENOSPC);
  }
  end_ += written;
  head_ = std::move(head);
  ++lines_;
  unsaid_ = 0;
  return absl::OkStatus();
}

absl::Status AuditLog::Drop(int error) {
  ++dropped_;
  ++unsaid_;
  return ErrnoStatus(Concat("write(\"", path_, "\", ", buffer_.size(), " bytes)"), error);
}

absl::StatusOr<uint64_t> VerifyLog(const std::string& path) {
  USHER_ASSIGN_OR_RETURN(const LogChain chain, VerifyLogChain(path));
  return chain.lines;
}

}  // namespace usher
