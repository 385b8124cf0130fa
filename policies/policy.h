// One policy file, parsed: its rules as values, each with the place where it stands.

#ifndef USHER_POLICIES_POLICY_H_
#define USHER_POLICIES_POLICY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policies/decision.h"
#include "policies/ip_address.h"
#include "policies/rule_text.h"

namespace usher {

// Whether a layer may loosen what weaker layers say.
enum class Trust : uint8_t { kFull, kTighten };

enum class RuleUse : uint8_t { kRead, kWrite, kExec };

struct FileRule {
  RuleUse use = RuleUse::kRead;
  Verdict verdict = Verdict::kAsk;
  Risk risk = Risk::kOrdinary;
  RuleText pattern;       // absolute after expansion of ".", "~", "$TMP"; its form is described in path_pattern.h
  RuleText text;          // as written: `read.ask "~"`
  RuleText source;        // "FILE:LINE:COLUMN"
  bool harmless = false;  // an exemption: "**" rules about secrets and run-later files do not reach what it covers
};

struct HostPattern {
  enum class Kind : uint8_t { kAny, kName, kNameAndSubdomains, kRange, kLoopback };
  Kind kind = Kind::kAny;
  std::string name;  // lower case
  IpRange range;
  uint16_t port_low = 0, port_high = 65535;
};

struct HostRule {
  bool listen = false;
  Verdict verdict = Verdict::kAsk;
  HostPattern pattern;
  RuleText text, source;
};

struct SocketRule {
  Verdict verdict = Verdict::kDeny;
  Risk risk = Risk::kEscape;
  RuleText pattern;  // path pattern, or '@' and an abstract name pattern
  RuleText text, source;
};

struct EnvironmentRule {
  bool pass = false;  // false: masked (removed)
  RuleText pattern;   // "*_TOKEN"
  RuleText text, source;
};

struct Policy {
  std::string name;    // "developer"
  std::string origin;  // "builtin:developer", or the file's path
  std::string digest;  // sha256 of the text, lower-case hex; filled by whoever read the file
  Trust trust = Trust::kFull;
  std::vector<FileRule> files;
  std::vector<HostRule> hosts;
  std::vector<SocketRule> sockets;
  std::vector<EnvironmentRule> environment;
  int hold_seconds = 0;    // how long a question waits for a person; 0: it does not say
  bool log_reads = false;  // write every allowed read-only open to the log, not only its count
};

// What Usher keeps for itself, above everybody's files.
inline constexpr char kOwnFilesOrigin[] = "builtin:own-files";

// Whether it came with the program.
inline bool IsBuiltin(const Policy& policy) { return policy.origin.starts_with("builtin:"); }

// What the short forms in a policy stand for. Paths are absolute and canonical. A rule with a short form that stands
// for nothing here (an empty string) is left out.
struct PolicyContext {
  std::string home;                     // "~"
  std::string workspace;                // "."
  std::string temporary;                // "$TMP", private to the run
  std::string runtime;                  // "$RUN", $XDG_RUNTIME_DIR or /run/user/UID
  std::vector<IpAddress> name_servers;  // "$DNS", at port 53
};

}  // namespace usher

#endif  // USHER_POLICIES_POLICY_H_
