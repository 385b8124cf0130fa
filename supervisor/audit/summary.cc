#include "supervisor/audit/summary.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <variant>

#include "absl/strings/str_join.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMaxBy = 16;        // programs named for one host
constexpr size_t kMaxExample = 400;  // bytes of an example command line

// The entry for `key`, made when there is room; null when it is one too many, which is counted.
template <typename Value>
Value* Entry(std::map<std::string, Value>& entries, DistinctCount& beyond, const std::string& key) {
  if (auto found = entries.find(key); found != entries.end()) return &found->second;
  if (entries.size() < kMaxKept) return &entries[key];
  beyond.Add(key);
  return nullptr;
}

// What is written to these is nowhere afterwards, or on the person's screen.
bool KeepsNothing(std::string_view path) {
  constexpr std::string_view kSinks[] = {"/dev/null",    "/dev/zero", "/dev/full", "/dev/random",
                                         "/dev/urandom", "/dev/tty",  "/dev/ptmx", "/dev/pts/ptmx"};
  return std::find(std::begin(kSinks), std::end(kSinks), path) != std::end(kSinks);
}

std::string ProgramName(const Subject* subject) {
  return subject == nullptr ? "" : subject->exe.substr(subject->exe.find_last_of('/') + 1);
}

// Two things are the same when kind, object and rule are. No name holds a NUL.
std::string KeyOf(std::string_view kind, std::string_view object, std::string_view rule) {
  return Concat(kind, std::string_view("\0", 1), object, std::string_view("\0", 1), rule);
}

void AddPlace(std::map<std::string, Summary::Host>& places, DistinctCount& beyond, const AuditRecord& record) {
  Summary::Host* place = Entry(places, beyond, ObjectOf(*record.operation));
  if (place == nullptr) return;
  ++place->connects;
  if (record.subject != nullptr && place->by.size() < kMaxBy) place->by.insert(ProgramName(record.subject));
  if (place->rule.empty() && record.decision != nullptr) place->rule = record.decision->rule;
}

}  // namespace

void Summary::Add(const AuditRecord& record) {
  if (record.operation == nullptr || record.decision == nullptr) return;
  if (!record.answer.empty()) AddAnswer(record);
  if (!record.done) {
    // A yes whose deed failed afterwards is no refusal.
    if (record.decision->verdict != Verdict::kAllow && record.answer != "allow") AddRefused(record);
    return;
  }
  if (record.error == 0) AddDone(record);
}

void Summary::AddDone(const AuditRecord& record) {
  AddRisky(record);
  const Operation& operation = *record.operation;
  if (const auto* file = std::get_if<FileOperation>(&operation)) {
    AddFile(*file, record.decision->risk);
  } else if (const auto* exec = std::get_if<ExecOperation>(&operation)) {
    AddExec(*exec);
  } else if (const auto* net = std::get_if<NetOperation>(&operation)) {
    const bool opens = net->action == NetAction::kBind || net->action == NetAction::kListen;
    // Port 0 and the tree's own servers: nobody else is reached.
    if (opens && net->port != 0) AddPlace(listens_, listens_beyond_, record);
    if (!opens && !net->made_inside) AddPlace(hosts_, hosts_beyond_, record);
  } else if (const auto* local = std::get_if<UnixSocketOperation>(&operation)) {
    if (local->action != UnixAction::kBind && !local->made_inside) AddPlace(sockets_, sockets_beyond_, record);
  }
}

void Summary::AddFile(const FileOperation& file, Risk risk) {
  switch (file.action) {
    case FileAction::kRead:
      ++reads_;
      return;
    case FileAction::kRemove:
      removed_.Add(file.path);
      return;
    case FileAction::kWrite:
      if (KeepsNothing(file.path)) return;
      [[fallthrough]];
    case FileAction::kCreate:
    case FileAction::kMetadata:  // chmod +x makes a hook run as surely as writing it does
      written_.Add(file.path);
      if (risk == Risk::kRunsLater) run_later_.Add(file.path);
      return;
  }
}

void Summary::AddExec(const ExecOperation& exec) {
  ++execs_;
  Program* program = Entry(programs_, programs_beyond_, exec.path);
  if (program == nullptr) return;
  if (program->runs++ == 0) {
    program->example = absl::StrJoin(redactor_.Argv(exec.argv), " ");
    if (program->example.size() > kMaxExample) program->example.replace(kMaxExample, std::string::npos, " …");
  }
}

void Summary::AddRisky(const AuditRecord& record) {
  const Decision& decision = *record.decision;
  const bool by_hand = record.answer == "allow";
  if (decision.risk != Risk::kSecret && decision.risk != Risk::kEscape &&
      !(by_hand && decision.risk == Risk::kNetwork)) {
    return;
  }
  const std::string kind(KindOf(*record.operation));
  const std::string object = ObjectOf(*record.operation);
  Risky* risky = Entry(risky_, risky_beyond_, KeyOf(kind, object, ""));
  if (risky == nullptr) return;
  if (risky->count++ == 0) *risky = {1, kind, object, decision.rule, decision.risk, by_hand};
  risky->by_hand = risky->by_hand || by_hand;
}

void Summary::AddRefused(const AuditRecord& record) {
  const auto* process = std::get_if<ProcessOperation>(record.operation);
  if (process != nullptr && process->action == ProcessAction::kLook) {
    ++looks_;
    return;
  }
  ++denied_calls_;
  const Decision& decision = *record.decision;
  const std::string kind(KindOf(*record.operation));
  const std::string object = ObjectOf(*record.operation);
  Denied* denied = Entry(denied_, denied_beyond_, KeyOf(kind, object, decision.rule));
  if (denied == nullptr) return;
  if (denied->count++ == 0) {
    *denied = {1, kind, object, decision.rule, ProgramName(record.subject), decision.verdict, decision.risk};
  }
}

void Summary::AddAnswer(const AuditRecord& record) {
  ++asked_calls_;
  const std::string kind(KindOf(*record.operation));
  const std::string object = ObjectOf(*record.operation);
  const std::string key = KeyOf(kind, object, record.answer);
  auto place = asked_places_.find(key);
  if (place == asked_places_.end()) {
    if (asked_.size() >= kMaxKept) return asked_beyond_.Add(key);
    place = asked_places_.emplace(key, asked_.size()).first;
    asked_.push_back({.kind = kind,
                      .object = object,
                      .answer = std::string(record.answer),
                      .life = std::string(record.life),
                      .by = std::string(record.answered_by),
                      .risk = record.decision->risk,
                      .operation = {}});
    if (record.answer == "nobody" || record.answer == "timeout" || record.answer == "flood") {
      asked_.back().operation = *record.operation;
      if (auto* exec = std::get_if<ExecOperation>(&*asked_.back().operation)) exec->argv.clear();
    }
  }
  Asked& asked = asked_[place->second];
  asked.open_ms = std::max<int64_t>(asked.open_ms, record.open.count());
  ++asked.count;
}

bool Summary::totals_exact() const {
  return written_.exact() && run_later_.exact() && removed_.exact() && programs_beyond_.exact() &&
         hosts_beyond_.exact() && sockets_beyond_.exact() && listens_beyond_.exact() && denied_beyond_.exact() &&
         risky_beyond_.exact() && asked_beyond_.exact();
}

}  // namespace usher
