#include "supervisor/cli/receipt_command.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/audit/log_chain.h"
#include "supervisor/audit/receipt.h"
#include "supervisor/cli/output.h"
#include "supervisor/cli/run_choice.h"
#include "supervisor/cli/state_paths.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kAgrees = 0, kDisagrees = 1, kNothingToCompare = 2;

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(Concat("open(\"", path, "\")"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// What the receipt says about the log.
struct Claim {
  std::string head, sha256;
  uint64_t lines = 0, dropped = 0;
};

absl::StatusOr<Claim> ClaimOf(const std::string& text, std::string_view run) {
  const Json statement = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const absl::Status unreadable = absl::DataLossError("receipt.json is not a receipt that Usher wrote");
  if (!statement.is_object() || !statement.contains("predicateType") ||
      statement["predicateType"] != kReceiptPredicateType)
    return unreadable;
  const Json::json_pointer log_place("/predicate/log"), id_place("/predicate/run/id");
  if (!statement.contains(log_place) || !statement.contains(id_place)) return unreadable;
  const Json& log = statement[log_place];
  const Json& id = statement[id_place];
  if (!log.contains("head") || !log["head"].is_string()) return unreadable;
  for (const char* number : {"lines", "dropped"}) {
    if (!log.contains(number) || !log[number].is_number_unsigned()) return unreadable;
  }
  if (!id.is_string() || id.get<std::string>() != run) {
    return absl::DataLossError("receipt.json is the receipt of another run");
  }
  Claim claim{.head = log["head"], .lines = log["lines"], .dropped = log["dropped"]};
  if (log.contains("sha256") && log["sha256"].is_string()) claim.sha256 = log["sha256"];
  return claim;
}

// Empty when log and claim agree.
std::string Difference(const LogChain& chain, const Claim& claim, std::string_view expected_head) {
  if (chain.lines != claim.lines) {
    return Concat("the receipt speaks of ", claim.lines, " lines, the log has ", chain.lines);
  }
  if (chain.head != claim.head) return "the last line of the log is not the one that the receipt was written for";
  if (!claim.sha256.empty() && chain.sha256 != claim.sha256) return "the log file is not the one of the receipt";
  if (!expected_head.empty() && expected_head != chain.head) {
    return Concat("the chain head is ", chain.head, ", not ", Escape(expected_head));
  }
  return "";
}

void PrintVerdict(const ReceiptOptions& options, std::string_view run, int code, const LogChain& chain,
                  uint64_t dropped, std::string_view reason, std::FILE* out, std::FILE* err) {
  if (options.json) {
    Json answer{
        {"run", run}, {"agrees", code == kAgrees}, {"lines", chain.lines}, {"dropped", dropped}, {"head", chain.head}};
    if (!reason.empty()) answer["reason"] = reason;
    return Print(out, answer.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n");
  }
  if (code != kAgrees) return Print(err, Concat("usher: ", run, ": ", reason, "\n"));
  Print(out, Concat("good: ", run, ", ", chain.lines, " lines, ", dropped, " lost, head ", chain.head, "\n"));
  if (options.expected_head.empty()) {
    Print(out,
          "Log and receipt agree. Compare the head with one kept elsewhere (the pull request): whoever could change "
          "both files here could make them agree again.\n");
  }
}

}  // namespace

int ShowReceipt(const ReceiptOptions& options, std::FILE* out, std::FILE* err) {
  const absl::StatusOr<std::string> run = ChooseRun(options.state, options.run);
  if (!run.ok()) return Fail(err, 1, run.status());
  const RunPaths paths = PathsOfRun(options.state, *run);
  const absl::StatusOr<std::string> text = ReadWhole(options.json ? paths.receipt_json : paths.receipt_markdown);
  if (!text.ok()) {
    return Fail(err, 1,
                absl::NotFoundError(
                    Concat(*run, " has no receipt: it still runs, or ended without one; see: usher log ", *run)));
  }
  Print(out, *text);
  return 0;
}

int VerifyReceipt(const ReceiptOptions& options, std::FILE* out, std::FILE* err) {
  const absl::StatusOr<std::string> run = ChooseRun(options.state, options.run);
  if (!run.ok()) return Fail(err, kNothingToCompare, run.status());
  const RunPaths paths = PathsOfRun(options.state, *run);
  const absl::StatusOr<std::string> text = ReadWhole(paths.receipt_json);
  if (!text.ok()) {
    return Fail(err, kNothingToCompare,
                absl::NotFoundError(Concat(*run, " has no receipt to compare its log with; see: usher log ", *run)));
  }
  const absl::StatusOr<Claim> claim = ClaimOf(*text, *run);
  const absl::StatusOr<LogChain> chain = VerifyLogChain(paths.events);
  if (!chain.ok() && !absl::IsDataLoss(chain.status())) return Fail(err, kNothingToCompare, chain.status());

  std::string reason;
  if (!claim.ok()) {
    reason = std::string(FromAbsl(claim.status().message()));
  } else if (!chain.ok()) {
    reason = std::string(FromAbsl(chain.status().message()));
  } else {
    reason = Difference(*chain, *claim, options.expected_head);
  }
  const int code = reason.empty() ? kAgrees : kDisagrees;
  PrintVerdict(options, *run, code, chain.ok() ? *chain : LogChain{}, claim.ok() ? claim->dropped : 0, reason, out,
               err);
  return code;
}

}  // namespace usher
