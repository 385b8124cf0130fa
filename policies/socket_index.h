// Which socket rules match the name of a unix socket? Paths as files are matched; abstract names as a whole.

#ifndef USHER_POLICIES_SOCKET_INDEX_H_
#define USHER_POLICIES_SOCKET_INDEX_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policies/path_index.h"
#include "policies/policy.h"

namespace usher {

class SocketIndex {
 public:
  void Add(const SocketRule& rule, uint32_t layer);
  void Seal() { paths_.Seal(); }

  // Null where no rule matches. `name` is a path, or '@' and an abstract name.
  const SocketRule* Find(std::string_view name) const;

 private:
  static const SocketRule* Stricter(const SocketRule* a, const SocketRule* b);

  std::vector<const SocketRule*> rules_;
  PathIndex paths_;
  absl::flat_hash_map<std::string, const SocketRule*> abstract_names_;
  std::vector<const SocketRule*> abstract_globs_;
};

}  // namespace usher

#endif  // USHER_POLICIES_SOCKET_INDEX_H_
