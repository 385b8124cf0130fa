// What do rules of one trust say, taken together? Those of all trusted layers are one group; each layer that may
// only tighten is one of its own. A group judges without grants and without other groups.

#ifndef USHER_POLICIES_RULE_GROUP_H_
#define USHER_POLICIES_RULE_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "policies/decision.h"
#include "policies/grant.h"
#include "policies/host_index.h"
#include "policies/operation.h"
#include "policies/path_index.h"
#include "policies/path_pattern.h"
#include "policies/policy.h"
#include "policies/ruleset.h"
#include "policies/socket_index.h"

namespace usher {

inline constexpr uint8_t kHarmlessUse = 3;  // beside the values of RuleUse

// A verdict and where it comes from, before it is written out as a Decision.
struct Ruling {
  Verdict verdict = Verdict::kAsk;
  Risk risk = Risk::kOrdinary;
  std::string_view rule = "no rule";
  std::string_view source;
  const Grant* grant = nullptr;
};

// Who wrote a rule.
struct RuleOrigin {
  uint32_t layer = 0;       // strength of the layer
  bool is_builtin = false;  // it came with the program
  bool is_default = false;  // and a person's file stands above it
};

class RuleGroup {
 public:
  // The rules are the caller's, and outlive the group.
  void Reserve(size_t more_file_rules);
  void Add(const FileRule& rule, RuleOrigin origin);
  void Add(const HostRule& rule, RuleOrigin origin);
  void Add(const SocketRule& rule, RuleOrigin origin);
  void Add(const EnvironmentRule& rule, RuleOrigin origin);
  void Seal();  // after the last Add, before the first question

  // Nothing where no rule speaks of it.
  std::optional<Ruling> JudgeFile(RuleUse use, std::string_view path, bool carries_subtree, bool makes_directory) const;
  std::optional<Ruling> JudgeMove(std::string_view from, std::string_view to) const;
  std::optional<Ruling> JudgeNet(const NetOperation& net, bool silence_is_consent) const;
  std::optional<Ruling> JudgeSocket(std::string_view name) const;
  std::optional<bool> Passes(std::string_view variable) const;
  Extent ExtentBeneath(RuleUse use, std::string_view directory, bool silence_is_consent) const;
  // Whether what stands behind a "**" in some pattern may begin with this name.
  bool HasScattered(std::string_view name) const;

 private:
  // A rule that refuses or asks, for names at any depth beneath a directory.
  struct RoamingRule {
    PathEntry entry;
    PathPattern anchor;  // what stands before its "**"

    bool Reaches(const PathIndex::Found& place, std::string_view path) const;
  };

  // One path that a rule opens in the reach of a stricter rule for names at any depth.
  struct Hole {
    std::string path;
    const FileRule* around = nullptr;
  };

  bool AddPattern(const FileRule& rule, const PathEntry& entry);  // one whose pattern is more than a path
  void AddScattered(const PathPattern& pattern);
  void FindHoles();

  PathIndex files_;
  std::vector<const FileRule*> file_rules_;
  HostIndex outgoing_, listening_;
  SocketIndex sockets_;
  std::vector<const EnvironmentRule*> environment_;
  std::vector<RoamingRule> roaming_;
  PathIndex scattered_;  // what stands behind a first "**" as a pattern of its own, once
  absl::flat_hash_set<std::string> scattered_texts_;
  std::vector<int32_t> openers_;  // rules that were not built in, and leave more open than to hide it
  std::vector<Hole> holes_;
  std::optional<PathPattern> latest_pattern_;  // of latest_text_
  std::string_view latest_text_;
  const FileRule* broken_ = nullptr;  // a rule whose pattern nobody understands
};

}  // namespace usher

#endif  // USHER_POLICIES_RULE_GROUP_H_
