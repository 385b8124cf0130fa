// The built-in policies as tables, parsed when the program is built (generate/builtin_generator.cc writes them), so
// that a run of Usher pays for no parser. What depends on the run (".", "~", "$TMP", "$RUN", "$PARENTS", "$DNS") is
// kept as such.

#ifndef USHER_POLICIES_BUILTIN_TABLE_H_
#define USHER_POLICIES_BUILTIN_TABLE_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "policies/policy.h"

namespace usher {

// What a pattern begins with.
enum class BuiltinRoot : uint8_t { kNone, kHome, kWorkspace, kTemporary, kRuntime, kParents };

struct BuiltinPattern {
  BuiltinRoot root = BuiltinRoot::kNone;
  std::string_view below;  // "/.ssh" of "~/.ssh"; the whole pattern where there is no root
};

struct BuiltinFileRow {
  uint8_t uses = 0;  // bits: 1 << RuleUse
  Verdict verdict = Verdict::kAsk;
  Risk risk = Risk::kOrdinary;
  bool harmless = false;
  BuiltinPattern pattern;
  std::string_view text, source;
};

struct BuiltinHostRow {
  bool listen = false;
  bool name_servers = false;  // "$DNS"; the pattern says nothing then
  Verdict verdict = Verdict::kAsk;
  HostPattern::Kind kind = HostPattern::Kind::kAny;
  std::string_view name;
  bool v6 = false;
  std::array<uint8_t, 16> address{};
  int prefix = 0;
  uint16_t port_low = 0, port_high = 0;
  std::string_view text, source;
};

struct BuiltinSocketRow {
  Verdict verdict = Verdict::kDeny;
  Risk risk = Risk::kEscape;
  BuiltinPattern pattern;
  std::string_view text, source;
};

struct BuiltinVariableRow {
  bool pass = false;
  std::string_view pattern, text, source;
};

struct BuiltinTable {
  std::string_view name, origin, sha256;
  absl::Span<const BuiltinFileRow> files;
  absl::Span<const BuiltinHostRow> hosts;
  absl::Span<const BuiltinSocketRow> sockets;
  absl::Span<const BuiltinVariableRow> environment;
  int hold_seconds = 0;
  bool log_reads = false;
};

absl::Span<const BuiltinTable> BuiltinTables();

}  // namespace usher

#endif  // USHER_POLICIES_BUILTIN_TABLE_H_
