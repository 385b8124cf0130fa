// Which parts of a command line are secrets, and what it looks like without them.
//
// Pure, and best effort by nature: it knows options, variables, headers, URL user info and the shapes of well-known
// tokens, also inside a script handed to `sh -c`. When in doubt it takes away too much: what was not written cannot
// leak.

#ifndef USHER_SUPERVISOR_AUDIT_REDACT_H_
#define USHER_SUPERVISOR_AUDIT_REDACT_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usher {

// What stands where a secret stood.
inline constexpr std::string_view kRedacted = "[redacted]";

class Redactor {
 public:
  Redactor() = default;

  // `masked_names`: patterns with "*" ("*_TOKEN") of variables whose values are secret, besides the built-in ones.
  explicit Redactor(std::vector<std::string> masked_names) : masked_names_(std::move(masked_names)) {}

  std::vector<std::string> Argv(const std::vector<std::string>& argv) const;

  // Free text: a URL, a header, a shell script.
  std::string Text(std::string_view text) const;

  // Whether the value of a variable, option, header or parameter of this name is a secret.
  bool IsSecretName(std::string_view name) const;

 private:
  std::vector<std::string> masked_names_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_REDACT_H_
