#include "supervisor/kernel/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class NamesOnTheWayTest : public ::testing::Test {
 protected:
  NamesOnTheWayTest() {
    for (const char* directory : {"a", "a/b", "c"}) mkdir((root_ / directory).c_str(), 0700);
  }
  void Link(const std::string& target, const std::string& name) {
    ASSERT_EQ(symlink(target.c_str(), (root_ / name).c_str()), 0);
  }

  TemporaryDirectory root_;
};

TEST_F(NamesOnTheWayTest, WithoutLinksItIsTheNameItself) {
  EXPECT_THAT(NamesOnTheWay(root_ / "a/b"), ElementsAre(root_ / "a/b"));
  EXPECT_THAT(NamesOnTheWay(root_ / "a//./b/../b/"), ElementsAre(root_ / "a/b"));
  EXPECT_THAT(NamesOnTheWay("/"), ElementsAre("/"));
  EXPECT_THAT(NamesOnTheWay("/.."), ElementsAre("/"));
}

TEST_F(NamesOnTheWayTest, WhatIsNotThereKeepsItsName) {
  EXPECT_THAT(NamesOnTheWay(root_ / "a/x/y"), ElementsAre(root_ / "a/x/y"));
  Link("a/x", "dangling");
  EXPECT_THAT(NamesOnTheWay(root_ / "dangling/y"), ElementsAre(root_ / "dangling", root_ / "a/x/y"));
}

TEST_F(NamesOnTheWayTest, EveryLinkByItsCanonicalName) {
  Link("a", "first");
  Link("../../c", "a/b/second");
  EXPECT_THAT(NamesOnTheWay(root_ / "first/b/second/f"),
              ElementsAre(root_ / "first", root_ / "a/b/second", root_ / "c/f"));
  Link(root_ / "first", "third");
  EXPECT_THAT(NamesOnTheWay(root_ / "third/b"), ElementsAre(root_ / "third", root_ / "first", root_ / "a/b"));
}

TEST_F(NamesOnTheWayTest, ARingEnds) {
  Link("ring", "ring");
  EXPECT_THAT(NamesOnTheWay(root_ / "ring/f"), SizeIs(41));
}

}  // namespace
}  // namespace usher
