#include "bench/mechanisms/evidence.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "bench/measure/result.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

namespace fs = std::filesystem;

int StatusField(int pid, std::string_view key) {
  std::ifstream file(Concat("/proc/", pid, "/status"));
  for (std::string line; std::getline(file, line);) {
    int value = -1;
    if (line.starts_with(key) && absl::SimpleAtoi(line.substr(key.size() + 1), &value)) return value;
  }
  return -1;
}

absl::Status Wrong(std::string_view what) { return absl::FailedPreconditionError(std::string(what)); }

absl::StatusOr<std::string> CheckUsher(const Row& row, bool gated, const SessionTotals& totals,
                                       const std::string& state) {
  const UsherRecords records = TakeUsherRecords(state, row.name);
  if (records.runs != 1) return Wrong(Concat("Usher left ", records.runs, " receipts instead of one"));
  if (gated && !records.gated) return Wrong("the gate is shut, so that it missed nothing");
  // One refusal is wanted: the look at a file outside.
  if (records.denied != 1) return Wrong(Concat("Usher's policy refused ", records.denied, " calls instead of one"));
  if (!IsHeld(row)) {
    if (records.lines != 0) return Wrong("Usher's log knows calls that should have stayed in the kernel");
    return Concat("filter; no record of ", totals.calls, " calls");
  }
  // Who is held sleeps. Only a supervisor on another processor that answers at once could spare it that, and then not
  // always.
  if (totals.waits < totals.calls / 2) {
    return Wrong(Concat("only ", totals.waits, " of ", totals.calls, " calls waited: Usher did not hold them"));
  }
  if (records.lines >= totals.calls) return Concat("log: ", records.lines, " lines for ", totals.calls, " calls");
  if (records.reads >= totals.calls) return Concat("receipt: ", records.reads, " reads for ", totals.calls, " calls");
  // Allowed on registers alone, about the sandbox's own processes and sockets: nobody's news, so not recorded.
  if (row.allow_by == AllowBy::kContinue || row.allow_by == AllowBy::kSignalByDescriptor ||
      row.allow_by == AllowBy::kSocketName || row.allow_by == AllowBy::kPeerName || row.allow_by == AllowBy::kSend ||
      row.allow_by == AllowBy::kSendMessage || row.allow_by == AllowBy::kSendMessages ||
      row.allow_by == AllowBy::kListen || row.allow_by == AllowBy::kConnect || row.allow_by == AllowBy::kBind ||
      row.allow_by == AllowBy::kWatch) {
    return Concat(totals.waits, " waits for ", totals.calls, " calls; Usher keeps no record of these");
  }
  return Wrong(Concat("Usher's log and receipt know of ", records.lines, " and ", records.reads, " of ", totals.calls,
                      " calls"));
}

absl::StatusOr<std::string> CheckGate(const Row& row, const SessionTotals& totals, const std::string& state) {
  const UsherRecords records = TakeUsherRecords(state, row.name);
  if (records.runs != 1) return Wrong(Concat("Usher left ", records.runs, " receipts instead of one"));
  if (totals.waits > totals.calls / 4 || records.reads > totals.calls / 4) {
    return Wrong(Concat(totals.waits, " of ", totals.calls, " calls waited, and ", records.reads,
                        " were judged: the gate is shut"));
  }
  return Concat(totals.waits, " waits and ", records.reads, " judged reads for ", totals.calls, " calls");
}

}  // namespace

absl::Status CheckState(const Mechanism& mechanism, const Session& session) {
  const int pid = session.hello().pid;
  const int mode = StatusField(pid, "Seccomp:"), filters = StatusField(pid, "Seccomp_filters:");
  const int tracer = StatusField(pid, "TracerPid:");
  if (mode < 0) return Wrong("the measured process is gone");
  switch (mechanism.witness) {
    case Witness::kNoFilter:
      if (session.hello().outside != 0) return Wrong("native: a file beside the workspace cannot be read");
      return mode == 0 ? absl::OkStatus()
                       : Wrong("native: there is a seccomp filter already; run the suite outside of sandboxes");
    case Witness::kFilter:
      return mode == 2 && filters == 1 ? absl::OkStatus() : Wrong("the filter is not in place");
    case Witness::kFloor:
      return session.hello().outside == EACCES ? absl::OkStatus() : Wrong("a file outside the floor could be opened");
    case Witness::kSupervisorCount:
      if ((mechanism.minimal_for == "trace") != (tracer > 0)) return Wrong("traced, or not, against its name");
      return mode == 2 ? absl::OkStatus() : Wrong("the filter is not in place");
    case Witness::kUsherGate:
    case Witness::kUsherRecords:
      if (session.hello().outside == 0) return Wrong("Usher let a file be read that nobody allowed");
      return mode == 2 ? absl::OkStatus() : Wrong("Usher's filter is not in place");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> CheckTotals(const Mechanism& mechanism, const Row& row, const SessionTotals& totals,
                                        const std::string& state) {
  switch (mechanism.witness) {
    case Witness::kNoFilter:
      return "no filter";
    case Witness::kFilter:
      return "one filter";
    case Witness::kFloor:
      return "EACCES outside the floor";
    case Witness::kSupervisorCount:
      // What makes a call possible again may be the same call (a socket that is made before a bind), but not many
      // times.
      if (totals.handled < totals.calls || totals.handled > 3 * totals.calls) {
        return Wrong(Concat("the supervisor counted ", totals.handled, " of ", totals.calls, " calls"));
      }
      return Concat(totals.handled, " counted for ", totals.calls, " calls");
    case Witness::kUsherGate:
      return CheckGate(row, totals, state);
    case Witness::kUsherRecords:
      return CheckUsher(row, mechanism.marked, totals, state);
  }
  return "";
}

UsherRecords TakeUsherRecords(const std::string& state, std::string_view call) {
  UsherRecords records;
  const std::string mark = Concat("\"syscall\":\"", call, "\"");
  std::error_code error;
  for (const auto& run : fs::directory_iterator(state + "/runs", error)) {
    std::ifstream receipt(run.path() / "receipt.json");
    const Json json = Json::parse(receipt, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.contains("predicate")) {
      ++records.runs;
      const Json& predicate = json["predicate"];
      records.gated = predicate.contains("/files/reads_below_floor"_json_pointer);
      records.reads += predicate.value("/files/reads"_json_pointer, uint64_t{0});
      records.denied += predicate.value("/denied/calls"_json_pointer, uint64_t{0});
      records.held += predicate.value("/usage/held_calls"_json_pointer, uint64_t{0});
    }
    std::ifstream log(run.path() / "events.jsonl");
    for (std::string line; std::getline(log, line);) {
      records.lines += (line.find(mark) != std::string::npos) ? 1 : 0;
      records.log_bytes += line.size() + 1;
      ++records.log_lines;
    }
  }
  fs::remove_all(state + "/runs", error);
  return records;
}

}  // namespace usher::bench
