#include "supervisor/audit/folder_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace usher {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Shown(const std::vector<FolderGroup>& groups) {
  std::vector<std::string> shown;
  for (const FolderGroup& group : groups) shown.push_back(MarkdownFolder(group, 30));
  return shown;
}

TEST(FolderGroupsTest, GroupsByTheFirstNames) {
  const std::vector<std::string> paths = {"~/.npm/_cacache/a/1",
                                          "~/.npm/_cacache/b/2",
                                          "~/.npm/_logs/3",
                                          "~/.x",
                                          "~/.y",
                                          "/tmp/a/b/c",
                                          "/tmp/a/d",
                                          "/top",
                                          "src/main.c",
                                          "src/deep/er/f",
                                          "one",
                                          "two"};
  EXPECT_THAT(Shown(GroupByFolder(paths, 2)),
              ElementsAre("`./` (2 files)", "`/tmp/a` (2 files)", "`~` (2 files)", "`~/.npm/_cacache` (2 files)",
                          "`/top`", "`src/main.c`", "`src/deep/er/f`", "`~/.npm/_logs/3`"));
  EXPECT_THAT(Shown(GroupByFolder(paths, 1)), ElementsAre("`~/.npm` (3 files)", "`./` (2 files)", "`/tmp` (2 files)",
                                                          "`src` (2 files)", "`~` (2 files)", "`/top`"));
}

TEST(FolderGroupsTest, GoesAsDeepAsThereIsRoom) {
  std::vector<std::string> paths;
  for (int i = 0; i < 20; ++i) paths.push_back(absl::StrCat("a/", i % 2, "/", i % 10, "/", i));
  EXPECT_EQ(GroupIntoAtMost(paths, 20).size(), 10u);
  EXPECT_EQ(GroupIntoAtMost(paths, 9).size(), 2u);
  EXPECT_EQ(GroupIntoAtMost(paths, 1).size(), 1u);
  EXPECT_TRUE(GroupIntoAtMost({}, 5).empty());
}

TEST(FolderGroupsTest, ANameThatHasNoRoomGivesWayToItsFolder) {
  const std::vector<std::string> paths = {absl::StrCat("~/.cache/pip/", std::string(40, 'x'))};
  EXPECT_THAT(Shown(GroupByFolder(paths, 2)), ElementsAre("`~/.cache/pip` (1 file)"));
}

}  // namespace
}  // namespace usher
