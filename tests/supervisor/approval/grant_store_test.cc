#include "supervisor/approval/grant_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "absl/strings/str_replace.h"
#include "tests/supervisor/approval/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GrantStoreTest : public ::testing::Test {
 protected:
  GrantStore Open(const std::string& workspace = "/home/me/shop") {
    auto store = GrantStore::Open(directory(), workspace);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static Grant Host(GrantLife life, std::string name = "registry.example") {
    return {.scope = HostScope{std::move(name), false, 443, false}, .life = life, .by = "test"};
  }
  static std::vector<std::string> Ids(const GrantStore& store) {
    std::vector<std::string> ids;
    for (const Grant& grant : store.current()) ids.push_back(grant.id);
    return ids;
  }
  std::string directory() const { return temporary_.path() + "/state/usher/grants"; }

  TemporaryDirectory temporary_;
};

mode_t ModeOf(const std::string& path) {
  struct stat stat {};
  EXPECT_EQ(::stat(path.c_str(), &stat), 0) << path;
  return stat.st_mode & 07777;
}

TEST_F(GrantStoreTest, FileIsNamedByTheWorkspaceAndPrivate) {
  GrantStore store = Open();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
  EXPECT_THAT(store.path(), ::testing::ContainsRegex("/shop-[0-9a-f]{12}\\.toml$"));
  EXPECT_EQ(ModeOf(store.path()), 0600u);
  EXPECT_EQ(ModeOf(directory()), 0700u);
  EXPECT_EQ(ModeOf(temporary_.path() + "/state"), 0700u);
}

TEST_F(GrantStoreTest, ProjectIdsHoldNoOddBytes) {
  EXPECT_THAT(ProjectId("/a/b c\x1b\xff..d"), ::testing::StartsWith("b_c__..d-"));
  EXPECT_THAT(ProjectId("/a/.hidden"), ::testing::StartsWith("_hidden-"));
  EXPECT_THAT(ProjectId("/"), ::testing::StartsWith("root-"));
  EXPECT_NE(ProjectId("/a/shop"), ProjectId("/b/shop"));
}

TEST_F(GrantStoreTest, ProjectGrantOutlivesTheStoreAndSessionGrantDoesNot) {
  {
    GrantStore store = Open();
    EXPECT_EQ(store.Add(Host(GrantLife::kProject))->id, "g1");
    EXPECT_EQ(store.Add(Host(GrantLife::kSession))->id, "g2");
    EXPECT_THAT(Ids(store), ElementsAre("g1", "g2"));
  }
  GrantStore again = Open();
  EXPECT_THAT(Ids(again), ElementsAre("g1"));
  EXPECT_EQ(std::get<HostScope>(again.current()[0].scope).host, "registry.example");
  EXPECT_EQ(again.Add(Host(GrantLife::kProject))->id, "g3") << "an id is never given twice";
}

TEST_F(GrantStoreTest, OnceIsNeverKept) {
  GrantStore store = Open();
  EXPECT_FALSE(store.Add(Host(GrantLife::kOnce)).ok());
  EXPECT_THAT(store.current(), IsEmpty());
}

TEST_F(GrantStoreTest, AnotherStoresSessionGrantIsListedButHoldsNotHere) {
  GrantStore mine = Open(), other = Open();
  ASSERT_TRUE(other.Add(Host(GrantLife::kSession)).ok());
  ASSERT_TRUE(mine.Reload().ok());
  EXPECT_THAT(mine.current(), IsEmpty());
  const auto all = ReadAllGrants(directory());
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ((*all)[0].grants.size(), 1u);
}

TEST_F(GrantStoreTest, TwoStoresDoNotLoseEachOthersGrants) {
  GrantStore a = Open(), b = Open();
  EXPECT_EQ(a.Add(Host(GrantLife::kProject, "a.example"))->id, "g1");
  EXPECT_EQ(b.Add(Host(GrantLife::kProject, "b.example"))->id, "g2");
  EXPECT_THAT(Ids(b), ElementsAre("g1", "g2"));
  EXPECT_THAT(*a.Reload(), true);
  EXPECT_THAT(Ids(a), ElementsAre("g1", "g2"));
  EXPECT_THAT(*a.Reload(), false);
}

TEST_F(GrantStoreTest, RevokeFromAnotherStoreReachesProjectAndSessionGrants) {
  GrantStore session = Open(), command = Open();
  const std::string project = session.Add(Host(GrantLife::kProject))->id;
  const std::string in_memory = session.Add(Host(GrantLife::kSession))->id;
  EXPECT_TRUE(command.Revoke(in_memory).ok());
  EXPECT_TRUE(*session.Reload());
  EXPECT_THAT(Ids(session), ElementsAre(project));
  EXPECT_TRUE(command.Revoke(project).ok());
  EXPECT_TRUE(*session.Reload());
  EXPECT_THAT(session.current(), IsEmpty());
  EXPECT_EQ(command.Revoke(project).code(), absl::StatusCode::kNotFound);
}

TEST_F(GrantStoreTest, ChangesAreSeenAtTheNextLook) {
  GrantStore watching = Open(), other = Open();
  EXPECT_FALSE(*watching.Reload());
  ASSERT_TRUE(other.Add(Host(GrantLife::kProject)).ok());
  EXPECT_TRUE(*watching.Reload());
  EXPECT_FALSE(*watching.Reload());
}

TEST_F(GrantStoreTest, OwnChangesAreNoNews) {
  GrantStore store = Open();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
  EXPECT_FALSE(*store.Reload());
}

TEST_F(GrantStoreTest, UnusedFor90DaysIsDropped) {
  std::string path;
  {
    GrantStore store = Open();
    ASSERT_TRUE(store.Add(Host(GrantLife::kProject, "old.example")).ok());
    path = store.path();
  }
  std::string text = Contents(path);
  const size_t at = text.find("last_used = ");
  ASSERT_NE(at, std::string::npos);
  const auto with_age = [&](int days) {
    const time_t then = time(nullptr) - days * 24 * 3600;
    char stamp[64];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime(&then));
    return text.substr(0, at) + "last_used = " + stamp + "\n";
  };
  WriteText(path, with_age(89));
  EXPECT_THAT(Ids(Open()), ElementsAre("g1"));
  WriteText(path, with_age(91));
  EXPECT_THAT(Ids(Open()), IsEmpty());
}

TEST_F(GrantStoreTest, TouchKeepsAGrantAlive) {
  std::string path;
  {
    GrantStore store = Open();
    ASSERT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
    path = store.path();
  }
  std::string text = Contents(path);
  const size_t at = text.find("last_used = ") + 12;
  const time_t then = time(nullptr) - 60 * 24 * 3600;
  char stamp[64];
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime(&then));
  WriteText(path, text.replace(at, 20, stamp));
  {
    GrantStore store = Open();
    EXPECT_EQ(store.current()[0].last_used, then);
    store.Touch("g1");
    ASSERT_TRUE(store.Flush().ok());
  }
  EXPECT_GE(Open().current()[0].last_used, then + 59 * 24 * 3600);
}

TEST_F(GrantStoreTest, ABrokenFileIsAnErrorAndCountsForNothing) {
  GrantStore store = Open();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
  const std::string good = Contents(store.path());
  WriteText(store.path(), good + "\nwhat = is this\n");
  EXPECT_FALSE(GrantStore::Open(directory(), "/home/me/shop").ok());
  const auto reload = store.Reload();
  ASSERT_FALSE(reload.ok());
  EXPECT_THAT(std::string(reload.status().message()), HasSubstr(store.path() + ":"));
  EXPECT_THAT(store.current(), IsEmpty());
  EXPECT_FALSE(store.Add(Host(GrantLife::kProject)).ok()) << "never overwrites what it does not understand";
  EXPECT_THAT(Contents(store.path()), HasSubstr("what = is this"));
  WriteText(store.path(), good);
  EXPECT_TRUE(*store.Reload());
  EXPECT_THAT(Ids(store), ElementsAre("g1"));
}

TEST_F(GrantStoreTest, AFileOthersCanWriteIsRefused) {
  GrantStore store = Open();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
  ASSERT_EQ(chmod(store.path().c_str(), 0620), 0);
  EXPECT_EQ(GrantStore::Open(directory(), "/home/me/shop").status().code(), absl::StatusCode::kPermissionDenied);
  ASSERT_EQ(chmod(store.path().c_str(), 0600), 0);
  EXPECT_TRUE(GrantStore::Open(directory(), "/home/me/shop").ok());
}

TEST_F(GrantStoreTest, ALinkInPlaceOfTheFileIsNotFollowed) {
  const std::string elsewhere = temporary_.path() + "/elsewhere.toml";
  std::string path;
  {
    GrantStore store = Open();
    ASSERT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
    path = store.path();
  }
  ASSERT_EQ(rename(path.c_str(), elsewhere.c_str()), 0);
  ASSERT_EQ(symlink(elsewhere.c_str(), path.c_str()), 0);
  EXPECT_FALSE(GrantStore::Open(directory(), "/home/me/shop").ok());
}

TEST_F(GrantStoreTest, ALockThatIsNotGivenBackIsAnErrorAndNoHang) {
  GrantStore store = Open();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
  const std::string lock = absl::StrReplaceAll(store.path(), {{"/shop-", "/.shop-"}}) + ".lock";
  const UniqueFd held(open(lock.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(held) << lock;
  ASSERT_EQ(flock(held.get(), LOCK_EX), 0);
  const absl::Status locked = store.Add(Host(GrantLife::kProject)).status();
  EXPECT_EQ(locked.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(locked.message()), HasSubstr("`fuser " + lock + "`"));
  EXPECT_THAT(Ids(store), ElementsAre("g1"));
  ASSERT_EQ(flock(held.get(), LOCK_UN), 0);
  EXPECT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
}

TEST_F(GrantStoreTest, SessionGrantsOfADeadProcessAreListedNoMore) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = GrantStore::Open(directory(), "/home/me/shop");
    if (store.ok()) store->Add(Host(GrantLife::kSession)).IgnoreError();
    _exit(0);  // as after SIGKILL: no destructor
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  const auto all = ReadAllGrants(directory());
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 1u);
  EXPECT_THAT(Contents((*all)[0].path), HasSubstr("[[session]]"));
  EXPECT_THAT((*all)[0].grants, IsEmpty());
  GrantStore store = Open();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject)).ok());
  EXPECT_EQ(Contents(store.path()).find("[[session]]"), std::string::npos);
}

TEST_F(GrantStoreTest, ReadingAllMakesNothing) {
  EXPECT_TRUE(ReadAllGrants(directory())->empty());
  EXPECT_FALSE(std::filesystem::exists(temporary_.path() + "/state"));
}

}  // namespace
}  // namespace usher
