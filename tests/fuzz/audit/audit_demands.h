// What holds for every text that goes into a log or a receipt, and for every file that is taken for a log.

#ifndef USHER_TESTS_FUZZ_AUDIT_AUDIT_DEMANDS_H_
#define USHER_TESTS_FUZZ_AUDIT_AUDIT_DEMANDS_H_

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "policies/text.h"
#include "supervisor/audit/json_text.h"
#include "supervisor/audit/log_chain.h"
#include "supervisor/audit/markdown_text.h"
#include "supervisor/audit/redact.h"
#include "tests/fuzz/approval/demand.h"

namespace usher {

inline bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

// Whatever the bytes: one line, JSON, and exactly these bytes again.
inline void CheckJsonText(std::string_view bytes) {
  std::string field;
  AppendJsonField(field, "object", bytes);
  USHER_DEMAND(!HasControl(field));
  USHER_DEMAND(IsUnicode(field));
  const nlohmann::json line = nlohmann::json::parse(Concat("{", field, "}"), nullptr, false);
  USHER_DEMAND(line.is_object());
  const std::string_view kept = bytes.substr(0, line.contains("object_length") ? 16 * 1024 : bytes.size());
  USHER_DEMAND(line["object"] == ToUnicode(kept));
  USHER_DEMAND(line.contains("object_b64") == !IsUnicode(kept));
  std::string exact = line["object"];
  if (line.contains("object_b64")) {
    USHER_DEMAND(absl::Base64Unescape(line["object_b64"].get<std::string>(), &exact));
  }
  USHER_DEMAND(exact == kept);
}

// One code span: two backticks, and nothing that ends a table cell or a line.
inline void CheckMarkdownText(std::string_view bytes) {
  for (const std::string& span : {MarkdownCode(bytes), MarkdownCodeCut(bytes, 40)}) {
    USHER_DEMAND(!HasControl(span));
    USHER_DEMAND(span.find('|') == std::string::npos);
    if (bytes.empty()) continue;
    USHER_DEMAND(span.size() > 2 && span.front() == '`' && span.back() == '`');
    USHER_DEMAND(std::count(span.begin(), span.end(), '`') == 2);
  }
  USHER_DEMAND(!HasControl(MarkdownPlain(bytes)));
}

inline void CheckRedaction(std::string_view bytes) {
  const std::string word(bytes);
  const Redactor redactor({"ACME_*"});
  const std::string mark(kRedacted);
  USHER_DEMAND((redactor.Argv({"x", "--token", word, "end"}) == std::vector<std::string>{"x", "--token", mark, "end"}));
  USHER_DEMAND((redactor.Argv({"x", "--token=" + word}) == std::vector<std::string>{"x", "--token=" + mark}));
  USHER_DEMAND((redactor.Argv({"ACME_1=" + word}) == std::vector<std::string>{"ACME_1=" + mark}));
  // A header takes its whole line with it.
  if (bytes.find_first_of("\n\"'`") == std::string_view::npos) {
    const std::string header = redactor.Text(Concat("Authorization:x", bytes));
    USHER_DEMAND(header == "Authorization:" + mark);
  }
  redactor.Text(bytes);
  redactor.IsSecretName(bytes);
}

inline void CheckAuditText(std::string_view bytes) {
  CheckJsonText(bytes);
  CheckMarkdownText(bytes);
  CheckRedaction(bytes);
}

inline absl::StatusOr<LogChain> ChainInPieces(std::string_view log, size_t piece) {
  ChainVerifier verifier;
  for (size_t at = 0; at < log.size(); at += piece) {
    if (!verifier.Feed(log.substr(at, piece)).ok()) break;
  }
  return verifier.Finish();
}

// A log of `texts.size()` lines, as AuditLog frames them.
inline std::string FramedLog(const std::vector<std::string_view>& texts) {
  std::string log, head(kNoLineBefore);
  for (size_t n = 0; n < texts.size(); ++n) {
    std::string line = Concat("{\"n\":", n, ",\"prev\":\"", head, "\",");
    AppendJsonField(line, "object", texts[n]);
    line += '}';
    head = LineHash(line);
    AppendTo(log, line, "\n");
  }
  return log;
}

// The bytes as a log: the answer does not depend on how they come in, and a good log is good line by line.
inline void CheckForeignLog(std::string_view bytes) {
  const absl::StatusOr<LogChain> whole = ChainInPieces(bytes, std::max<size_t>(bytes.size(), 1));
  const absl::StatusOr<LogChain> pieces = ChainInPieces(bytes, 7);
  USHER_DEMAND(whole.ok() == pieces.ok());
  if (!whole.ok()) return;
  USHER_DEMAND(whole->head == pieces->head && whole->sha256 == pieces->sha256 && whole->lines == pieces->lines);
  USHER_DEMAND(whole->sha256 == LineHash(bytes));
  USHER_DEMAND(whole->lines == static_cast<uint64_t>(std::count(bytes.begin(), bytes.end(), '\n')));
  const std::string_view before_last = bytes.substr(0, bytes.size() - 1);
  USHER_DEMAND(whole->head == LineHash(before_last.substr(before_last.rfind('\n') + 1)));
}

// The bytes as what happened: the log verifies, and with any one byte changed it does not say the same.
inline void CheckOwnLog(std::string_view bytes) {
  const size_t half = bytes.size() / 2;
  const std::string log = FramedLog({bytes.substr(0, half), bytes.substr(half), "last"});
  const absl::StatusOr<LogChain> good = ChainInPieces(log, log.size());
  USHER_DEMAND(good.ok());
  USHER_DEMAND(good->lines == 3);
  size_t at = 0;
  for (const char c : bytes) at = at * 31 + static_cast<uint8_t>(c);
  std::string changed = log;
  char& victim = changed[at % log.size()];
  victim = static_cast<char>(static_cast<uint8_t>(victim) ^ (1 + at % 255));
  const absl::StatusOr<LogChain> bad = ChainInPieces(changed, 64);
  USHER_DEMAND(changed == log || !bad.ok() || bad->head != good->head);
}

inline void CheckAuditChain(std::string_view bytes) {
  CheckForeignLog(bytes);
  CheckOwnLog(bytes);
}

}  // namespace usher

#endif  // USHER_TESTS_FUZZ_AUDIT_AUDIT_DEMANDS_H_
