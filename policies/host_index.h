// Which host rules match a host? An exact name beats a domain, a longer domain beats a shorter one, any name beats an
// address range, a narrower range beats a wider one, and everything beats "*". Among equals a rule that somebody wrote
// beats a built-in one, whatever ports it is for, and then the stricter verdict wins.

#ifndef USHER_POLICIES_HOST_INDEX_H_
#define USHER_POLICIES_HOST_INDEX_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policies/policy.h"

namespace usher {

// The rules of one direction (going out, or listening).
class HostIndex {
 public:
  // `rule` must outlive the index. A default is a rule that came with the program.
  void Add(const HostRule& rule, bool is_default);
  void Seal();

  // Null where no rule matches. A name without a rule of its own is judged by its address.
  const HostRule* FindByName(std::string_view name, const IpAddress& address, uint16_t port) const;
  const HostRule* FindByAddress(const IpAddress& address, uint16_t port) const;
  // Ranges only, without "*".
  const HostRule* FindByRange(const IpAddress& address, uint16_t port) const;

 private:
  struct Entry {
    const HostRule* rule = nullptr;
    bool is_default = false;
  };
  using Rules = std::vector<Entry>;
  static const HostRule* Strictest(const Rules& rules, uint16_t port);

  absl::flat_hash_map<std::string, Rules> names_, domains_;
  // By family and prefix length, and then by the masked address.
  std::array<absl::flat_hash_map<std::string, Rules>, 129> v6_ranges_;
  std::array<absl::flat_hash_map<std::string, Rules>, 33> v4_ranges_;
  std::vector<int> v6_prefixes_, v4_prefixes_;  // those in use, longest first
  Rules any_;
};

// The masked bytes of an address: what two addresses of one range have in common.
std::string RangeKey(const IpAddress& address, int prefix);

}  // namespace usher

#endif  // USHER_POLICIES_HOST_INDEX_H_
