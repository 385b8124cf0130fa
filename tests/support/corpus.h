// What fuzzers start from, as an ordinary test: each file of a directory, once.

#ifndef USHER_TESTS_SUPPORT_CORPUS_H_
#define USHER_TESTS_SUPPORT_CORPUS_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

namespace usher {

// How many files there were: an empty corpus proves nothing.
inline int ReplayCorpus(const std::string& directory, const std::function<void(std::string_view)>& check) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    check(std::string(std::istreambuf_iterator<char>(file), {}));
    ++files;
  }
  return files;
}

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_CORPUS_H_
