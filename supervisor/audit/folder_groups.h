// Many paths in few words: the folders that they lie in, and how many in each.

#ifndef USHER_SUPERVISOR_AUDIT_FOLDER_GROUPS_H_
#define USHER_SUPERVISOR_AUDIT_FOLDER_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct FolderGroup {
  std::string_view folder;  // "~/.npm/_cacache"; "." is the workspace itself
  std::string_view only;    // the file, when it is the only one
  uint64_t files = 0;
};

// Groups by the first `depth` names of each file's folder, "~" and the root not counted; the largest first. `paths` are
// spelled (PathSpelling) and must live as long as the groups.
std::vector<FolderGroup> GroupByFolder(const std::vector<std::string>& paths, size_t depth);

// The same, as deep as `most` groups allow.
std::vector<FolderGroup> GroupIntoAtMost(const std::vector<std::string>& paths, size_t most);

// "`~/.npm/_cacache` (624 files)", or the only file by its name where `columns` have room for it. A name is cut only
// where a single folder has no room.
std::string MarkdownFolder(const FolderGroup& group, int columns);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_FOLDER_GROUPS_H_
