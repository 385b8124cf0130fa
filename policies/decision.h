// May it? The answer, and who gave it.

#ifndef USHER_POLICIES_DECISION_H_
#define USHER_POLICIES_DECISION_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace usher {

// From loose to strict: the larger of two verdicts is the stricter one.
enum class Verdict : uint8_t {
  kAllow,
  kAsk,   // put it to a person; nobody there means deny
  kDeny,  // refused with a plausible errno
  kHide,  // looks absent: ENOENT
};

std::string_view ToString(Verdict verdict);  // "allow", "ask", "deny", "hide"

// How much a yes would cost, by the kind of thing. Decides how a prompt looks and which lives it offers.
enum class Risk : uint8_t {
  kOrdinary,
  kNetwork,    // what the sandbox can read could be sent there
  kRunsLater,  // the file is run later by something outside the sandbox (git hook, editor task, CI)
  kSecret,     // credentials
  kEscape,     // a door out of the sandbox (docker socket, session bus, tmux)
};

std::string_view ToString(Risk risk);  // "ordinary", "network", "runs-later", "secret", "escape"

struct Decision {
  Verdict verdict = Verdict::kDeny;
  Risk risk = Risk::kOrdinary;
  std::string rule;    // the rule in words: `write.ask ".git/hooks"`, `grant g7`, "no rule"
  std::string source;  // where it stands: "builtin:developer:41:3", "/home/me/.config/usher/policy.toml:12:3"
  std::string grant;   // id of the grant that decided, or empty
};

}  // namespace usher

#endif  // USHER_POLICIES_DECISION_H_
