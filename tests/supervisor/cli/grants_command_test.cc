#include "supervisor/cli/grants_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "supervisor/approval/grant_store.h"
#include "supervisor/cli/state_paths.h"

namespace usher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GrantsCommandTest : public ::testing::Test {
 protected:
  GrantsCommandTest() {
    std::string name = (std::filesystem::temp_directory_path() / "usher-test-XXXXXX").string();
    state_ = mkdtemp(name.data());
  }
  ~GrantsCommandTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(state_, ignored);
  }

  GrantStore Store(const std::string& workspace = "/home/me/shop") {
    return *GrantStore::Open(GrantsDirectory(state_), workspace);
  }
  struct Output {
    int code = 0;
    std::string out, err;
  };
  static Output Run(const std::function<int(FILE*, FILE*)>& command) {
    char* texts[2] = {};
    size_t sizes[2] = {};
    FILE* out = open_memstream(&texts[0], &sizes[0]);
    FILE* err = open_memstream(&texts[1], &sizes[1]);
    Output output;
    output.code = command(out, err);
    fclose(out);
    fclose(err);
    output.out = texts[0];
    output.err = texts[1];
    free(texts[0]);
    free(texts[1]);
    return output;
  }
  Output List(bool all = false, bool json = false, const std::string& workspace = "/home/me/shop") {
    return Run([&](FILE* out, FILE* err) { return RunGrants({state_, workspace, all, json}, out, err); });
  }
  Output Revoke(std::vector<std::string> ids) {
    return Run([&](FILE* out, FILE* err) { return RevokeGrants({state_, "/home/me/shop", std::move(ids)}, out, err); });
  }
  static Grant Host(GrantLife life, std::string host) {
    return {.scope = HostScope{std::move(host), false, 443, false}, .life = life, .by = "terminal"};
  }

  std::string state_;
};

TEST_F(GrantsCommandTest, NothingIsSaidSo) {
  const Output output = List();
  EXPECT_EQ(output.code, 0);
  EXPECT_THAT(output.out, HasSubstr("no grants in /home/me/shop; `usher grants --all`"));
  EXPECT_THAT(List(true).out, HasSubstr("no grants in any project"));
  EXPECT_EQ(List(false, true).out, "[]\n");
  EXPECT_TRUE(std::filesystem::is_empty(state_)) << "looking makes nothing";
}

TEST_F(GrantsCommandTest, ListsProjectAndSessionGrants) {
  GrantStore store = Store();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject, "registry.example")).ok());
  Grant file{
      .allow = false, .scope = FileScope{FileUse::kRead, "/home/me/a\x1b[2J", true}, .life = GrantLife::kSession};
  ASSERT_TRUE(store.Add(file).ok());
  const Output output = List();
  EXPECT_EQ(output.code, 0);
  EXPECT_THAT(output.out, HasSubstr("/home/me/shop\n"));
  EXPECT_THAT(output.out, HasSubstr("g1  allow connect registry.example:443"));
  EXPECT_THAT(output.out, HasSubstr("used today, ends in 90 days unless used, by terminal"));
  EXPECT_THAT(output.out, HasSubstr("g2  deny read /home/me/a\\u{1B}[2J"));
  EXPECT_THAT(output.out, HasSubstr("while its session runs"));
  EXPECT_THAT(output.out, Not(HasSubstr("\x1b")));
}

TEST_F(GrantsCommandTest, OtherProjectsOnlyWhenAsked) {
  GrantStore shop = Store(), other = Store("/home/me/other");
  ASSERT_TRUE(shop.Add(Host(GrantLife::kProject, "a.example")).ok());
  ASSERT_TRUE(other.Add(Host(GrantLife::kProject, "b.example")).ok());
  EXPECT_THAT(List().out, Not(HasSubstr("b.example")));
  EXPECT_THAT(List(true).out, HasSubstr("b.example"));
  EXPECT_THAT(List(true).out, HasSubstr("a.example"));
}

TEST_F(GrantsCommandTest, JsonHoldsEverything) {
  GrantStore store = Store();
  ASSERT_TRUE(
      store.Add({.scope = UnixScope{"/run/x\xff"}, .life = GrantLife::kProject, .by = "approver:x", .why = "because"})
          .ok());
  const auto json = nlohmann::json::parse(List(false, true).out);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["workspace"], "/home/me/shop");
  const auto& grant = json[0]["grants"][0];
  EXPECT_EQ(grant["id"], "g1");
  EXPECT_EQ(grant["allow"], true);
  EXPECT_EQ(grant["kind"], "socket");
  EXPECT_EQ(grant["scope_b64"], "L3J1bi94/w==");
  EXPECT_EQ(grant["life"], "project");
  EXPECT_EQ(grant["why"], "because");
}

TEST_F(GrantsCommandTest, RevokeTakesThemBackEverywhere) {
  GrantStore store = Store();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject, "a.example")).ok());
  ASSERT_TRUE(store.Add(Host(GrantLife::kSession, "b.example")).ok());
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject, "c.example")).ok());
  const Output output = Revoke({"g1", "g2"});
  EXPECT_EQ(output.code, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("revoked g1: allow connect a.example:443\n"));
  EXPECT_THAT(output.out, HasSubstr("revoked g2: allow connect b.example:443\n"));
  EXPECT_THAT(output.out, HasSubstr("stay open"));
  EXPECT_TRUE(*store.Reload());
  ASSERT_EQ(store.current().size(), 1u);
  EXPECT_EQ(store.current()[0].id, "g3");
}

TEST_F(GrantsCommandTest, AnUnknownIdIsAnErrorAndTheOthersGoAllTheSame) {
  GrantStore store = Store();
  ASSERT_TRUE(store.Add(Host(GrantLife::kProject, "a.example")).ok());
  const Output output = Revoke({"g9\x1b", "g1"});
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.err, HasSubstr("there is no grant g9\\u{1B} in /home/me/shop; `usher grants --all`"));
  EXPECT_THAT(output.out, HasSubstr("revoked g1"));
  EXPECT_EQ(Revoke({"g1"}).code, 1);
}

TEST_F(GrantsCommandTest, RevokingWhereThereIsNothingMakesNothing) {
  EXPECT_EQ(Revoke({"g1"}).code, 1);
  EXPECT_TRUE(std::filesystem::is_empty(state_));
}

TEST_F(GrantsCommandTest, ABrokenFileIsNamed) {
  std::string path;
  {
    GrantStore store = Store();
    ASSERT_TRUE(store.Add(Host(GrantLife::kProject, "a.example")).ok());
    path = store.path();
  }
  std::ofstream(path, std::ios::app) << "\nnonsense\n";
  for (const Output& output : {List(), List(true), Revoke({"g1"})}) {
    EXPECT_EQ(output.code, 125);
    EXPECT_THAT(output.err, HasSubstr(path + ":"));
  }
}

}  // namespace
}  // namespace usher
