#include "tests/support/tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string_view>

namespace usher {
namespace {

namespace fs = std::filesystem;

bool EndsWithAny(std::string_view path, const std::vector<std::string>& suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(),
                     [&](const std::string& suffix) { return path.ends_with(suffix); });
}

std::string Contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Line(const fs::path& path, const std::string& name, bool with_content) {
  struct stat status {};
  lstat(path.c_str(), &status);
  char head[64];
  std::snprintf(head, sizeof(head), "%06o ", status.st_mode);
  std::string line = head + name;
  if (S_ISLNK(status.st_mode)) line += " -> " + fs::read_symlink(path).string();
  if (S_ISREG(status.st_mode) && with_content) {
    const std::string text = Contents(path);
    std::snprintf(head, sizeof(head), " %zu %016zx", text.size(), std::hash<std::string>()(text));
    line += head;
  }
  return line;
}

}  // namespace

std::string TreeOf(const std::string& directory, const TreeOptions& options) {
  std::vector<std::string> lines;
  for (auto it = fs::recursive_directory_iterator(directory); it != fs::recursive_directory_iterator(); ++it) {
    const std::string name = it->path().string().substr(directory.size());
    if (EndsWithAny(name, options.without)) {
      it.disable_recursion_pending();
      continue;
    }
    lines.push_back(Line(it->path(), name, !EndsWithAny(name, options.names_only)));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace usher
