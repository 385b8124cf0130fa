#include "supervisor/policy_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "policies/ruleset.h"
#include "policies/text.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class PolicyLayersTest : public ::testing::Test {
 protected:
  PolicyLayersTest() {
    for (const char* directory : {"home", "home/work", "home/.config", "home/.config/usher", "state", "run"}) {
      mkdir((root_ / directory).c_str(), 0755);
    }
    around_ = {.user = "me",
               .home = root_ / "home",
               .directory = root_ / "home/work",
               .workspace = root_ / "home/work",
               .state = root_ / "state",
               .config = root_ / "home/.config/usher",
               .runtime = root_ / "run"};
  }
  absl::StatusOr<std::vector<Policy>> Layers(const std::string& file = "") const {
    return ReadPolicyLayers(around_, root_ / "tmp", file);
  }
  std::vector<std::string> Origins(const std::string& file = "") const {
    std::vector<std::string> origins;
    const auto layers = Layers(file);
    EXPECT_TRUE(layers.ok()) << layers.status();
    if (layers.ok()) {
      for (const Policy& policy : *layers) origins.push_back(policy.origin);
    }
    return origins;
  }
  Verdict Judged(const std::string& path, FileAction action) const {
    auto layers = Layers();
    EXPECT_TRUE(layers.ok()) << layers.status();
    return Ruleset(*std::move(layers)).Decide(FileOperation{.action = action, .path = path}).verdict;
  }
  std::string Own() const { return root_ / "home/.config/usher/policy.toml"; }
  std::string Project() const { return root_ / "home/work/.usher.toml"; }

  TemporaryDirectory root_;
  Surroundings around_;
};

TEST_F(PolicyLayersTest, FromTheWeakestToTheStrongest) {
  EXPECT_EQ(Origins(), (std::vector<std::string>{"builtin:developer", "builtin:own-files"}));
  WriteText(Own(), "version = 1\n");
  WriteText(Project(), "version = 1\n");
  EXPECT_EQ(Origins(), (std::vector<std::string>{"builtin:developer", Own(), Project(), "builtin:own-files"}));
  WriteText(root_ / "other.toml", "version = 1\n");
  EXPECT_EQ(Origins(root_ / "other.toml"),
            (std::vector<std::string>{"builtin:developer", root_ / "other.toml", Project(), "builtin:own-files"}));
  const auto layers = Layers();
  ASSERT_TRUE(layers.ok());
  EXPECT_EQ((*layers)[1].trust, Trust::kFull);
  EXPECT_EQ((*layers)[1].digest.size(), 64u);
  EXPECT_EQ((*layers)[2].trust, Trust::kTighten) << "a repository's own file";
}

TEST_F(PolicyLayersTest, OwnProgramsStayWhatTheyAre) {
  const std::string usher = root_ / "home/work/build/usher", odd = root_ / "home/work/a\\*b/approver";
  around_.own_programs = {usher, odd};
  WriteText(Own(), Concat("version = 1\n[files]\nwrite.allow = [\"", usher, "\"]\n"));
  for (const std::string& program : {usher, odd}) {
    for (const FileAction action : {FileAction::kWrite, FileAction::kCreate, FileAction::kRemove, FileAction::kMetadata}) {
      EXPECT_EQ(Judged(program, action), Verdict::kDeny) << program;
    }
    EXPECT_EQ(Judged(program, FileAction::kRead), Verdict::kAllow);
    EXPECT_EQ(Judged(program + "2", FileAction::kWrite), Verdict::kAllow);
  }
  auto layers = Layers();
  ASSERT_TRUE(layers.ok());
  const Ruleset rules(*std::move(layers));
  const FileOperation move{.action = FileAction::kRemove, .path = root_ / "home/work/build", .carries_subtree = true};
  EXPECT_EQ(rules.Decide(move).verdict, Verdict::kDeny) << "with the directory that it lies in";
  EXPECT_EQ(rules.Decide(ExecOperation{.path = usher}).verdict, Verdict::kAllow);
}

TEST_F(PolicyLayersTest, ABareRepositoryOfAWorktreeIsObeyedAsAnyOther) {
  around_.shared_git = root_ / "home/shop.bare";
  for (const char* name : {"hooks/pre-commit", "config", "commondir", "worktrees/w/commondir", "worktrees/w/config.worktree",
                           "modules/a/b/config", "modules/a/hooks/x"}) {
    EXPECT_EQ(Judged(around_.shared_git + "/" + name, FileAction::kCreate), Verdict::kAsk) << name;
  }
  for (const char* name : {"objects/ab/cd", "refs/heads/main", "worktrees/w/HEAD", "worktrees/w/index"}) {
    EXPECT_EQ(Judged(around_.shared_git + "/" + name, FileAction::kCreate), Verdict::kAllow) << name;
  }
}

TEST_F(PolicyLayersTest, OwnFilesAreHiddenWhateverAFileSays) {
  for (const FileAction action : {FileAction::kRead, FileAction::kWrite, FileAction::kCreate, FileAction::kRemove}) {
    for (const std::string& place : {around_.state, around_.config, around_.runtime + "/usher"}) {
      EXPECT_EQ(Judged(place + "/x", action), Verdict::kHide) << place;
    }
  }
  EXPECT_EQ(Judged(root_ / "home/work/x", FileAction::kWrite), Verdict::kAllow);
}

TEST_F(PolicyLayersTest, ThePolicyInForceIsNotTheSandboxsToWrite) {
  const std::string file = root_ / "home/work/dotfiles.toml";
  WriteText(file, "version = 1\n");
  EXPECT_EQ(Judged(file, FileAction::kWrite), Verdict::kAllow) << "not in force";
  ASSERT_EQ(symlink(file.c_str(), Own().c_str()), 0);
  for (const FileAction action : {FileAction::kWrite, FileAction::kCreate, FileAction::kRemove}) {
    EXPECT_EQ(Judged(file, action), Verdict::kDeny);
  }
  EXPECT_EQ(Judged(file, FileAction::kRead), Verdict::kAllow);
  auto layers = Layers("dotfiles.toml");
  ASSERT_TRUE(layers.ok());
  const FileOperation write{.action = FileAction::kWrite, .path = file};
  EXPECT_EQ(Ruleset(*std::move(layers)).Decide(write).verdict, Verdict::kDeny) << "named on the command line";
}

TEST_F(PolicyLayersTest, WhatLeadsToOwnFilesIsNotReplaced) {
  around_.own_links = {root_ / "home/work/st"};
  EXPECT_EQ(Judged(root_ / "home/work/st", FileAction::kRemove), Verdict::kDeny);
  EXPECT_EQ(Judged(root_ / "home/work/st2", FileAction::kRemove), Verdict::kAllow);
}

TEST_F(PolicyLayersTest, AWorktreeMayWriteToItsRepository) {
  const std::string object = root_ / "home/repo/.git/objects/aa/bb";
  EXPECT_NE(Judged(object, FileAction::kCreate), Verdict::kAllow);
  around_.shared_git = root_ / "home/repo/.git";
  EXPECT_EQ(Judged(object, FileAction::kCreate), Verdict::kAllow);
  EXPECT_EQ(Judged(root_ / "home/repo/.git/hooks/pre-commit", FileAction::kCreate), Verdict::kAsk);
  EXPECT_NE(Judged(root_ / "home/repo/other", FileAction::kCreate), Verdict::kAllow);
}

TEST_F(PolicyLayersTest, FilesThatCannotBeReadAreErrors) {
  EXPECT_FALSE(Layers(root_ / "missing.toml").ok()) << "named on the command line, it must be there";
  WriteText(Own(), "version = \n");
  EXPECT_THAT(std::string(Layers().status().message()), HasSubstr("policy.toml:1"));
  WriteText(Own(), "version = 1\n");
  WriteText(Project(), "nonsense\n");
  EXPECT_THAT(std::string(Layers().status().message()), HasSubstr(".usher.toml:1"));
  WriteText(Project(), "version = 1\n");
  EXPECT_TRUE(Layers().ok());
  ASSERT_EQ(remove(Project().c_str()), 0);
  mkdir(Project().c_str(), 0755);
  EXPECT_FALSE(Layers().ok()) << "a directory in its place is no missing file";
}

}  // namespace
}  // namespace usher
