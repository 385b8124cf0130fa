// The policy in force: all layers joined, ready to judge. Immutable once built; grants are handed in with each
// question, because they come and go while the rules stand.

#ifndef USHER_POLICIES_RULESET_H_
#define USHER_POLICIES_RULESET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "policies/decision.h"
#include "policies/grant.h"
#include "policies/operation.h"
#include "policies/policy.h"

namespace usher {

// How much of what lies beneath a directory, now or later, is allowed without a question.
enum class Extent : uint8_t {
  kNothing,
  kPart,             // there is a rule for something beneath
  kButForScattered,  // there are only rules for names at any depth ("**"), of which none may be there
  kEverything,
};

class Ruleset {
 public:
  // `layers` from the weakest to the strongest. Of two rules that match at the same depth the stricter verdict wins;
  // a Trust::kTighten layer (a project's file) can only make an answer stricter. A built-in rule ("builtin:" in its
  // policy's origin) is a default: a fully trusted layer above it that has a rule for the very same pattern takes its
  // place, and one that has a path written out, or the same hosts with other ports, wins a tie.
  explicit Ruleset(std::vector<Policy> layers);
  ~Ruleset();
  Ruleset(Ruleset&&) noexcept;
  Ruleset& operator=(Ruleset&&) noexcept;

  // Pure: the same arguments give the same answer. An operation that no rule speaks of is asked about (files, hosts) or
  // denied (unix sockets, processes outside). A grant turns ask into allow or deny, never a deny or a hide into
  // anything.
  Decision Decide(const Operation& operation, absl::Span<const Grant> grants = {}) const;

  // Never says more than Decide would: kEverything when no name beneath could get another answer than allow. For
  // kNothing there may still be rules for single names beneath that allow.
  Extent AllowedBeneath(RuleUse use, std::string_view directory) const;

  // Whether what a rule for names at any depth ("**") is about could begin with a file or directory of this name, wherever
  // it lies. Where it cannot, and AllowedBeneath says kEverything or kButForScattered of a directory, it is said of what bears the name
  // there too.
  bool HasRuleForName(std::string_view name) const;

  // What a variable of the environment at start becomes.
  bool PassesEnvironment(std::string_view name) const;

  // How long a question waits for a person: what the strongest layer says, of which a tightening one can only say less.
  int HoldSeconds() const;

  const std::vector<Policy>& layers() const;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace usher

#endif  // USHER_POLICIES_RULESET_H_
