#include "supervisor/command_lookup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

class CommandLookupTest : public ::testing::Test {
 protected:
  CommandLookupTest() {
    for (const char* directory : {"a", "b", "a/folder"}) mkdir((root_ / directory).c_str(), 0755);
    Make("a/plain", 0644);
    Make("b/plain", 0755);
    Make("a/both", 0755);
    Make("b/both", 0755);
    Make("a/text", 0644);
  }
  void Make(const std::string& name, mode_t mode) const {
    WriteText(root_ / name, "");
    chmod((root_ / name).c_str(), mode);
  }
  CommandLookup Look(const std::string& name) const { return LookUpCommand(name, root_ / "a" + ":" + root_ / "b"); }

  TemporaryDirectory root_;
};

TEST_F(CommandLookupTest, AlongThePath) {
  EXPECT_EQ(Look("both").path, root_ / "a/both");
  EXPECT_EQ(Look("plain").path, root_ / "b/plain") << "what may not be run is passed over";
  EXPECT_EQ(Look("missing").path, "");
  EXPECT_FALSE(Look("missing").found_unusable);
  EXPECT_EQ(Look("text").path, "");
  EXPECT_TRUE(Look("text").found_unusable);
  EXPECT_TRUE(Look("folder").found_unusable);
  EXPECT_EQ(Look("").path, "");
}

TEST_F(CommandLookupTest, ANameWithASlashIsTakenAsItIs) {
  EXPECT_EQ(Look(root_ / "a/both").path, root_ / "a/both");
  EXPECT_TRUE(Look(root_ / "a/text").found_unusable);
  EXPECT_TRUE(Look(root_ / "a/folder").found_unusable);
  EXPECT_FALSE(Look(root_ / "a/missing").found_unusable);
}

TEST_F(CommandLookupTest, AnEmptyPieceIsTheCurrentDirectory) {
  char before[4096];
  ASSERT_NE(getcwd(before, sizeof(before)), nullptr);
  ASSERT_EQ(chdir((root_ / "a").c_str()), 0);
  EXPECT_EQ(LookUpCommand("both", "").path, "./both");
  EXPECT_EQ(LookUpCommand("both", "/nonexistent:").path, "./both");
  EXPECT_EQ(LookUpCommand("both", "/nonexistent").path, "");
  ASSERT_EQ(chdir(before), 0);
}

}  // namespace
}  // namespace usher
