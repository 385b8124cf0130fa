// A directory of a test's own, gone when the test ends.

#ifndef USHER_TESTS_SUPERVISOR_APPROVAL_TEMPORARY_DIRECTORY_H_
#define USHER_TESTS_SUPERVISOR_APPROVAL_TEMPORARY_DIRECTORY_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace usher {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "usher-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string Contents(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

}  // namespace usher

#endif  // USHER_TESTS_SUPERVISOR_APPROVAL_TEMPORARY_DIRECTORY_H_
