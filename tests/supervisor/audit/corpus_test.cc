#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "tests/fuzz/audit/audit_demands.h"

namespace usher {
namespace {

int Replay(const std::string& corpus, const std::function<void(std::string_view)>& check) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(USHER_CORPUS "/" + corpus)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    check(std::string(std::istreambuf_iterator<char>(file), {}));
    ++files;
  }
  return files;
}

TEST(AuditCorpusTest, Text) { EXPECT_GT(Replay("audit_text", &CheckAuditText), 5); }
TEST(AuditCorpusTest, Chain) { EXPECT_GT(Replay("audit_chain", &CheckAuditChain), 5); }

}  // namespace
}  // namespace usher
