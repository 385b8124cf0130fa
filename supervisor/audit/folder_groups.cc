#include "supervisor/audit/folder_groups.h"

#include <algorithm>
#include <map>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/audit/markdown_text.h"

namespace usher {
namespace {

constexpr size_t kDeepest = 6;

// "~/.npm/_cacache" of "~/.npm/_cacache/tmp/x" at depth 2.
std::string_view FolderOf(std::string_view path, size_t depth) {
  const size_t last = path.rfind('/');
  if (last == std::string_view::npos) return ".";
  size_t end = path.starts_with("~/") ? 1 : path.starts_with('/') ? 0 : path.find('/');
  for (size_t names = path.starts_with("~/") || path.starts_with('/') ? 0 : 1; names < depth && end < last; ++names) {
    end = path.find('/', end + 1);
  }
  return end == 0 ? "/" : path.substr(0, end);
}

}  // namespace

std::vector<FolderGroup> GroupByFolder(const std::vector<std::string>& paths, size_t depth) {
  std::map<std::string_view, FolderGroup> by_folder;
  for (const std::string& path : paths) {
    const std::string_view folder = FolderOf(path, depth);
    FolderGroup& group = by_folder[folder];
    group.folder = folder;
    group.only = group.files++ == 0 ? std::string_view(path) : std::string_view();
  }
  std::vector<FolderGroup> groups;
  groups.reserve(by_folder.size());
  for (const auto& [folder, group] : by_folder) groups.push_back(group);
  std::stable_sort(groups.begin(), groups.end(),
                   [](const FolderGroup& a, const FolderGroup& b) { return a.files > b.files; });
  return groups;
}

std::vector<FolderGroup> GroupIntoAtMost(const std::vector<std::string>& paths, size_t most) {
  for (size_t depth = kDeepest;; --depth) {
    std::vector<FolderGroup> groups = GroupByFolder(paths, depth);
    if (groups.size() <= most || depth == 1) return groups;
  }
}

std::string MarkdownFolder(const FolderGroup& group, int columns) {
  const auto fits = [&](std::string_view name) { return DisplayWidth(Escape(name)) <= columns; };
  if (!group.only.empty() && fits(group.only)) return MarkdownCode(group.only);
  const std::string_view folder = group.folder == "." ? "./" : group.folder;
  return Concat(MarkdownCodeCut(folder, columns), " (", ReceiptCount(group.files, "file"), ")");
}

}  // namespace usher
