// What lies in a directory, as text that two runs can be compared by.

#ifndef USHER_TESTS_SUPPORT_TREE_H_
#define USHER_TESTS_SUPPORT_TREE_H_

#include <string>
#include <vector>

namespace usher {

struct TreeOptions {
  std::vector<std::string> without = {"/.git/index"};  // path suffixes, left out with all below: they hold times
  std::vector<std::string> names_only = {};            // path suffixes whose content differs each time
};

// One line a file: type, mode, name, and size and hash of the content or the target of a link. Sorted.
std::string TreeOf(const std::string& directory, const TreeOptions& options);

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_TREE_H_
