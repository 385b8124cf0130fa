#include "supervisor/confine/landlock_plan.h"
#include "policies/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/kernel/uapi.h"
#include "tests/policies/policy_builder.h"

namespace usher {

void PrintTo(const FloorRule& rule, std::ostream* out) {
  *out << rule.path << (rule.is_directory ? "/" : "") << (rule.read ? " read" : "") << (rule.run ? " run" : "");
}

namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// A tree by its full paths; whatever lies above a path is a directory.
class FakeTree : public TreeView {
 public:
  FakeTree& Directory(const std::string& path) { return Add(path, PlaceKind::kDirectory); }
  FakeTree& File(const std::string& path) { return Add(path, PlaceKind::kFile); }
  FakeTree& Add(const std::string& path, PlaceKind kind) {
    for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      places_[path.substr(0, slash)] = PlaceKind::kDirectory;
    }
    places_.try_emplace(path, kind);
    return *this;
  }

  PlaceKind KindOf(const std::string& path) override {
    asked.push_back(path);
    const auto it = places_.find(path);
    return it == places_.end() ? PlaceKind::kNothing : it->second;
  }
  std::optional<std::vector<Entry>> List(const std::string& directory) override {
    listed.push_back(directory);
    if (!places_.contains(directory)) return std::nullopt;
    std::vector<Entry> entries;
    for (auto it = places_.upper_bound(directory + "/"); it != places_.end() && it->first.starts_with(directory + "/");
         ++it) {
      const std::string name = it->first.substr(directory.size() + 1);
      if (name.find('/') == std::string::npos) entries.push_back({name, it->second});
    }
    return entries;
  }
  bool OnlyRootMakesIn(const std::string& directory) override {
    return std::any_of(of_root.begin(), of_root.end(), [&](const std::string& place) {
      return directory == place || directory.starts_with(place + "/");
    });
  }
  bool IsProgram(const std::string& path) override { return programs.contains(path); }
  std::vector<std::string> Needed() override { return needed; }
  bool OutOfTime() override { return static_cast<int>(listed.size()) >= most_lists; }

  const std::map<std::string, PlaceKind>& places() const { return places_; }
  std::vector<std::string> listed, asked;
  int most_lists = 1 << 20;
  std::vector<std::string> of_root;  // with all beneath
  std::set<std::string> programs;
  std::vector<std::string> needed;

 private:
  std::map<std::string, PlaceKind> places_;
};

// A floor by which everything is read that it can grant, where all is root's: nobody else makes anything there.
FloorPlan Plan(const Ruleset& rules, FakeTree& tree) {
  tree.of_root = {""};
  return PlanFloor(rules, FloorUse::kRunningAndReading, tree);
}

FloorRule Whole(std::string path, bool read = true, bool run = false) { return {std::move(path), true, read, run}; }
FloorRule Single(std::string path, bool read = true, bool run = false) { return {std::move(path), false, read, run}; }

// What the kernel makes of the rules: a right holds for an object when a rule names it or a directory above it.
bool FloorAllows(const FloorPlan& plan, const std::string& path, uint64_t access) {
  return std::any_of(plan.rules.begin(), plan.rules.end(), [&](const FloorRule& rule) {
    const bool covers = path == rule.path || (rule.is_directory && path.starts_with(rule.path + "/"));
    return covers && (rule.Access() & access) == access;
  });
}

// execve(2) asks for both.
bool RunsBy(const FloorPlan& plan, const std::string& path) {
  return FloorAllows(plan, path, LANDLOCK_ACCESS_FS_READ_FILE) && FloorAllows(plan, path, LANDLOCK_ACCESS_FS_EXECUTE);
}

TEST(HandledByTest, EachAbiTakesMore) {
  EXPECT_EQ(HandledBy(0).fs, 0u);
  EXPECT_EQ(HandledBy(1).fs, 0x1fffu);
  EXPECT_EQ(HandledBy(2).fs, 0x3fffu);
  EXPECT_EQ(HandledBy(3).fs, 0x7fffu);
  EXPECT_EQ(HandledBy(3).net, 0u);
  EXPECT_EQ(HandledBy(4).net, 0x3u);
  EXPECT_EQ(HandledBy(5).fs, 0xffffu);
  EXPECT_EQ(HandledBy(5).scoped, 0u);
  EXPECT_EQ(HandledBy(6).scoped, 0x3u);
  EXPECT_EQ(HandledBy(8).fs, 0xffffu);
  EXPECT_EQ(HandledBy(9).fs, 0x1ffffu);
  EXPECT_EQ(HandledBy(10).net, 0xfu);
  EXPECT_EQ(HandledBy(99).fs, HandledBy(10).fs) << "rights of kernels to come are not known";
}

TEST(FloorRuleTest, NeverARightToWrite) {
  constexpr uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
  for (const bool directory : {false, true}) {
    for (const bool read : {false, true}) {
      for (const bool run : {false, true}) EXPECT_EQ((FloorRule{"/x", directory, read, run}.Access() & ~kReading), 0u);
    }
  }
  EXPECT_EQ(Single("/x").Access(), LANDLOCK_ACCESS_FS_READ_FILE) << "what is only for directories is EINVAL on a file";
}

TEST(FloorRuleTest, NeverADeviceOrWhatIsOnlyForDirectories) {
  const uint64_t on_file = FloorRule{"/x", false, false, false, true}.Access();
  EXPECT_EQ(on_file, uint64_t{LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE});
  const uint64_t beneath = FloorRule{"/x", true, false, false, true}.Access();
  EXPECT_EQ(beneath & (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK), 0u);
  EXPECT_NE(beneath & LANDLOCK_ACCESS_FS_REMOVE_FILE, 0u);
}

// To find a file takes less than to make a rule for it.
TEST(LandlockPlanTest, OfManyFilesBesideASecretSomeGetARule) {
  FakeTree tree;
  tree.File("/w/.env");
  for (int i = 0; i < 3000; ++i) tree.File(Concat("/w/f", i));
  const Ruleset rules =
      RulesetOf("extends=[]\n[files]\nread.allow=['/w']\nexec.allow=['/w']\nhide=['**/.env']");
  const FloorPlan plan = PlanFloor(rules, FloorUse::kRunning, tree);
  EXPECT_EQ(plan.rules.size(), 1024u);
  EXPECT_TRUE(plan.out_of_time);
  EXPECT_EQ(PlanFloor(rules, FloorUse::kAlone, tree).rules.size(), 3000u) << "with nothing above it, all";
}

// A floor with nothing above it gives what may be written, but nothing in which something would be asked about.
TEST(LandlockPlanTest, AloneItGivesWhatMayBeWritten) {
  FakeTree tree;
  tree.File("/w/.git/hooks/x").File("/w/.git/index").File("/w/src/a").File("/w/top").File("/r/b").File("/c/d");
  const Ruleset rules = RulesetOf(
      "extends=[]\n[files]\nread.allow=['/w','/r']\nwrite.allow=['/w','/c']\nrun_later=['**/.git/hooks']\n"
      "hide=['**/.env']");
  const FloorPlan plan = PlanFloor(rules, FloorUse::kAlone, tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Whole("/w"), FloorRule{"/w/.git/index", false, false, false, true},
                                               FloorRule{"/w/src", true, false, false, true},
                                               FloorRule{"/w/top", false, false, false, true}, Whole("/r"),
                                               FloorRule{"/c", true, false, false, true}));
  for (const FloorRule& rule : PlanFloor(rules, FloorUse::kRunningAndReading, tree).rules) EXPECT_FALSE(rule.write);
}

TEST(LandlockPlanTest, AWholeTreeIsOneRuleAndNotLookedInto) {
  FakeTree tree;
  tree.File("/usr/bin/true");
  const FloorPlan plan =
      Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/usr','/not/there']\nexec.allow=['/usr']"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Whole("/usr", true, true)));
  EXPECT_THAT(tree.listed, IsEmpty());
}

TEST(LandlockPlanTest, ADirectoryWithSomethingHiddenGivesItsOtherChildren) {
  FakeTree tree;
  tree.File("/w/src/main.c").File("/w/.env").File("/w/readme").Directory("/w/deep/secrets").File("/w/deep/other/x");
  const FloorPlan plan =
      Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/w']\nhide=['/w/.env','/w/deep/secrets']"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Whole("/w/src"), Single("/w/readme"), Whole("/w/deep/other")));
}

TEST(LandlockPlanTest, APatternForAnyDepthIsLookedForEverywhere) {
  FakeTree tree;
  tree.File("/w/a/.env").File("/w/a/b").File("/w/c/d").Directory("/w/e");
  const FloorPlan plan = Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/w']\nhide=['**/.env']"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Single("/w/a/b"), Whole("/w/c"), Whole("/w/e")));
}

TEST(LandlockPlanTest, WithoutAnyNameInTheWayItIsOneRule) {
  FakeTree tree;
  for (int i = 0; i < 100; ++i) tree.File("/w/" + std::to_string(i % 10) + "/" + std::to_string(i));
  tree.Add("/w/link", PlaceKind::kOther);
  const FloorPlan plan =
      Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/w']\nexec.allow=['/w']\nhide=['**/.env']"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Whole("/w", true, true)));
  EXPECT_EQ(plan.carved, 0);
}

TEST(LandlockPlanTest, ALinkIsInNobodysWay) {
  FakeTree tree;
  tree.File("/w/a").Add("/w/.env", PlaceKind::kUnopened);
  const FloorPlan plan = Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/w']\nhide=['**/.env']"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Whole("/w"))) << "what it leads to lies elsewhere, and is judged there";
}

TEST(LandlockPlanTest, WhatIsAskedOrDeniedIsLeftOutToo) {
  FakeTree tree;
  tree.File("/w/ask").File("/w/deny").File("/w/norun").File("/w/good");
  const FloorPlan plan =
      Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/w']\nexec.allow=['/w']\nread.ask=['/w/ask']\n"
                     "read.deny=['/w/deny']\nexec.deny=['/w/norun']"),
           tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Single("/w/norun", true, false), Single("/w/good", true, true),
                                               Single("/w/ask", false, true), Single("/w/deny", false, true)));
}

TEST(LandlockPlanTest, AnAllowInsideARefusalIsARootOfItsOwn) {
  FakeTree tree;
  tree.File("/home/me/.ssh/id").File("/home/me/.ssh/known_hosts").File("/home/me/x");
  const FloorPlan plan =
      Plan(RulesetOf("extends=[]\n[files]\nread.allow=['~/.ssh/known_hosts']\nhide=['~/.ssh']\nread.ask=['~']"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Single("/home/me/.ssh/known_hosts")));
}

TEST(LandlockPlanTest, ARuleForADirectoryAloneForbidsToListIt) {
  FakeTree tree;
  tree.File("/w/a/b");
  const FloorPlan plan = Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/w']\nread.deny=['/w/a/.']"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Single("/w/a/b")));
}

TEST(LandlockPlanTest, NamesThatMeanTheCallerAreTheMonitors) {
  FakeTree tree;
  tree.File("/sys/kernel/mm/x")
      .File("/proc/1/environ")
      .Add("/dev/null", PlaceKind::kOther)
      .Add("/dev/tty", PlaceKind::kOther)
      .Directory("/dev/pts");
  const FloorPlan plan = Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/proc','/sys','/dev','/dev/null','/dev/"
                                        "tty','/dev/pts']\nexec.allow=['/proc']"),
                              tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Single("/dev/null")));
}

TEST(LandlockPlanTest, ADirectoryOfManyRootsIsListedOnce) {
  FakeTree tree;
  tree.File("/home/u/.a").File("/home/u/.b/deep/x").File("/home/u/private").Add("/home/u/.link", PlaceKind::kOther);
  std::string allowed = "'/home/u/.b/deep', '/home/u/.gone/deep', '/home/u/.b/gone'";
  for (const char* name : {".a", ".b2", ".c", ".d", ".e", ".f", ".g", ".h", ".link"})
    allowed += std::string(",'/home/u/") + name + "'";
  const FloorPlan plan = Plan(RulesetOf("extends=[]\n[files]\nread.allow=[" + allowed + "]"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Single("/home/u/.a"), Whole("/home/u/.b/deep")));
  EXPECT_THAT(tree.listed, UnorderedElementsAre("/home/u"));
  EXPECT_THAT(tree.asked, UnorderedElementsAre("/home/u/.b/deep", "/home/u/.b/gone", "/home/u/.link"));
}

TEST(LandlockPlanTest, WhatThereWasNoTimeForIsLeftOut) {
  FakeTree tree;
  for (int i = 0; i < 50; ++i) tree.File("/w/" + std::to_string(i) + "/x");
  tree.File("/usr/x");
  tree.most_lists = 3;
  const FloorPlan plan =
      Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/w','/usr']\nsecrets=['**/.env']\nharmless=['/usr']"), tree);
  EXPECT_TRUE(plan.out_of_time);
  EXPECT_EQ(tree.listed.size(), 3u);
  EXPECT_THAT(plan.rules, Contains(Whole("/usr"))) << "whole roots come first";
  EXPECT_THAT(plan.rules, Not(Contains(Whole("/w"))));
}

TEST(LandlockPlanTest, ASystemWithSomethingHiddenRunsHoweverLittleTimeThereIs) {
  FakeTree tree;
  tree.File("/usr/bin/sh").File("/usr/lib/ld.so").File("/usr/share/x").File("/usr/share/secret");
  tree.most_lists = 0;
  const FloorPlan plan = Plan(
      RulesetOf("extends=[]\n[files]\nread.allow=['/usr']\nexec.allow=['/usr']\nhide=['/usr/share/secret']"), tree);
  EXPECT_TRUE(plan.out_of_time);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Whole("/usr/bin", true, true), Whole("/usr/lib", true, true)));
}

TEST(LandlockPlanTest, WithANameForbiddenAnywhereTheLoaderAndTheProgramsComeFirst) {
  constexpr const char* kPolicy =
      "extends=[]\n[files]\nread.allow=['/usr']\nexec.allow=['/usr']\nhide=['**/customers.csv']\nexec.deny=['**/nc']";
  FakeTree tree;
  for (int i = 0; i < 50; ++i) tree.File("/usr/a/" + std::to_string(i) + "/x");
  tree.File("/usr/bin/sh").File("/usr/sbin/nc").File("/usr/sbin/ip").File("/usr/lib/x/ld.so");
  tree.needed = {"/usr/lib/x/ld.so", "/usr/bin", "/usr/sbin", "/usr/local/bin"};
  tree.most_lists = 3;
  const FloorPlan plan = PlanFloor(RulesetOf(kPolicy), FloorUse::kRunning, tree);
  EXPECT_TRUE(plan.out_of_time);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Single("/usr/lib/x/ld.so", true, true), Whole("/usr/bin", true, true),
                                               Single("/usr/sbin/ip", true, true)));
}

TEST(LandlockPlanTest, WhatIsNeededIsNoExceptionFromThePolicy) {
  FakeTree tree;
  tree.File("/usr/bin/sh").File("/usr/lib/ld.so").File("/opt/ld.so");
  tree.needed = {"/usr/lib/ld.so", "/opt/ld.so", "/usr/bin"};
  const FloorPlan plan = PlanFloor(RulesetOf("extends=[]\n[files]\nread.allow=['/usr']\nexec.allow=['/usr']\n"
                                             "exec.deny=['/usr/bin/sh','/usr/lib/ld.so']"),
                                   FloorUse::kRunning, tree);
  EXPECT_THAT(plan.rules, IsEmpty());
}

TEST(LandlockPlanTest, WhereProgramsAreRunFromIsWalkedFirst) {
  FakeTree tree;
  tree.File("/data/x").File("/home/me/src/shop/x");
  tree.most_lists = 1;
  const FloorPlan plan =
      Plan(RulesetOf("extends=[]\n[files]\nread.allow=['/data','.']\nexec.allow=['.']\nsecrets=['**/.env']"), tree);
  EXPECT_THAT(plan.rules, UnorderedElementsAre(Whole("/home/me/src/shop", true, true)));
}

TEST(LandlockPlanTest, AProjectCanOnlyTakeAway) {
  FakeTree tree;
  tree.File("/home/me/src/shop/a").File("/home/me/src/shop/customers/x").Directory("/srv");
  const Ruleset rules = Join(PolicyOf("extends=[]\n[files]\nread.allow=['.']"),
                             PolicyOf("[files]\nread.allow=['/srv']\nhide=['./customers']", Trust::kTighten));
  EXPECT_THAT(Plan(rules, tree).rules, UnorderedElementsAre(Single("/home/me/src/shop/a")));
}

TEST(LandlockPlanTest, TheDevelopersSystemAndWorkspace) {
  FakeTree tree;
  tree.File("/usr/bin/git")
      .File("/home/me/src/shop/main.c")
      .File("/home/me/src/shop/.env")
      .File("/home/me/.ssh/id_rsa")
      .File("/home/me/.bashrc")
      .File("/etc/shadow")
      .File("/etc/passwd")
      .Directory("/tmp/usher-7f3a")
      .File("/home/me/src/shop/node_modules/x/.env")
      .File("/home/me/letter.txt")
      .File("/home/me/src/shop/tool");
  const FloorPlan plan = Plan(Developer(), tree);
  EXPECT_THAT(plan.rules, Contains(Whole("/usr", true, true)));
  EXPECT_THAT(plan.rules, Contains(Whole("/tmp/usher-7f3a", true, true)));
  EXPECT_THAT(plan.rules, Contains(Whole("/home/me/src/shop/node_modules", true, true)))
      << "secrets by name are fixtures there";
  EXPECT_THAT(plan.rules, Contains(Single("/home/me/src/shop/tool", true, true)));
  EXPECT_THAT(plan.rules, Contains(Single("/etc/passwd")));
  EXPECT_TRUE(FloorAllows(plan, "/home/me/.bashrc", LANDLOCK_ACCESS_FS_READ_FILE));
  for (const char* closed : {"/home/me/src/shop/.env", "/home/me/.ssh/id_rsa", "/etc/shadow", "/home/me/letter.txt"}) {
    EXPECT_FALSE(FloorAllows(plan, closed, LANDLOCK_ACCESS_FS_READ_FILE)) << closed;
  }
}

TEST(LandlockPlanTest, AFloorToRunByHoldsOnlyWhatIsRunAndMayBeReadForIt) {
  FakeTree tree;
  tree.File("/usr/bin/cat")
      .File("/etc/passwd")
      .File("/w/make")
      .File("/w/.env")
      .File("/w/src/build.sh")
      .File("/b/sealed");
  const Ruleset rules = RulesetOf(
      "extends=[]\n[files]\nread.allow=['/usr','/etc','/w']\nexec.allow=['/usr','/w','/b']\nhide=['**/.env']\n"
      "read.deny=['/b']");
  EXPECT_THAT(
      PlanFloor(rules, FloorUse::kRunning, tree).rules,
      UnorderedElementsAre(Whole("/usr", true, true), Single("/w/make", true, true), Whole("/w/src", true, true)));
  EXPECT_THAT(tree.listed, Not(Contains("/etc")));
}

TEST(LandlockPlanTest, ADirectoryThatMayNotBeListedIsNoneToRunByAsAWhole) {
  FakeTree tree;
  tree.File("/w/a");
  const Ruleset rules = RulesetOf("extends=[]\n[files]\nread.allow=['/w']\nexec.allow=['/w']\nread.deny=['/w/.']");
  EXPECT_THAT(PlanFloor(rules, FloorUse::kRunning, tree).rules, UnorderedElementsAre(Single("/w/a", true, true)));
}

// ---- where somebody reads past the monitor, and the user makes things meanwhile ----

constexpr char kShop[] =
    "extends=[]\n[files]\nread.allow=['.','/etc','~/.vim']\nexec.allow=['.']\nsecrets=['**/.env']\n"
    "harmless=['**/node_modules']";

FakeTree Shop() {
  FakeTree tree;
  for (const char* file : {"main.c", "build.sh", "src/a.c", "src/deep/tool", "node_modules/x/.env"}) {
    tree.File(Concat("/home/me/src/shop/", file));
  }
  tree.programs = {"/home/me/src/shop/build.sh", "/home/me/src/shop/src/deep/tool"};
  tree.File("/etc/passwd").File("/etc/ssl/openssl.cnf").File("/home/me/.vim/x.vim");
  tree.of_root = {"/etc"};
  return tree;
}

TEST(LandlockPlanTest, NoDirectoryIsGivenInWhichSomethingCouldComeToBeHidden) {
  FakeTree tree = Shop();
  const std::string shop = "/home/me/src/shop";
  EXPECT_THAT(PlanFloor(RulesetOf(kShop), FloorUse::kRunningAndReading, tree).rules,
              UnorderedElementsAre(Whole(shop, false, true), Single(shop + "/main.c"), Single(shop + "/build.sh"),
                                   Single(shop + "/src/a.c"), Single(shop + "/src/deep/tool"),
                                   Whole(shop + "/node_modules"), Whole("/etc"), Single("/home/me/.vim/x.vim")));
}

TEST(LandlockPlanTest, AFloorForTheSystemLooksForProgramsAlone) {
  FakeTree tree = Shop();
  const std::string shop = "/home/me/src/shop";
  EXPECT_THAT(
      PlanFloor(RulesetOf(kShop), FloorUse::kRunningAndSystem, tree).rules,
      UnorderedElementsAre(Whole(shop, false, true), Single(shop + "/build.sh"), Single(shop + "/src/deep/tool"),
                           Whole(shop + "/node_modules"), Single("/etc/passwd")));
  EXPECT_THAT(tree.listed, Not(Contains("/etc/ssl"))) << "read only, and by few";
}

TEST(LandlockPlanTest, WhereTheUserMayMakeThingsTheSystemIsNone) {
  FakeTree tree;
  tree.File("/etc/a/x").File("/etc/b/x").Directory("/etc/b/mine");
  tree.of_root = {"/etc/a"};
  const Ruleset rules = RulesetOf("extends=[]\n[files]\nread.allow=['/etc']\nhide=['**/.env']");
  EXPECT_THAT(PlanFloor(rules, FloorUse::kRunningAndReading, tree).rules,
              UnorderedElementsAre(Whole("/etc/a"), Single("/etc/b/x")));
}

// ---- random trees, random policies ----

class RandomWorld {
 public:
  explicit RandomWorld(uint32_t seed) : random_(seed) {}

  std::string Path(int most_depth) {
    std::string path;
    const int depth = 1 + Pick(most_depth);
    for (int i = 0; i < depth; ++i) path += "/" + Name();
    return path;
  }
  std::string Name() {
    static constexpr const char* kNames[] = {"a", "b", "c", ".env", "key.pem", "x1", "node_modules"};
    return kNames[Pick(7)];
  }
  std::string Pattern() {
    std::string pattern;
    bool any_depth = false;
    for (int i = 1 + Pick(3); i > 0; --i) {
      const int kind = Pick(10);
      any_depth |= kind == 0;
      pattern += kind == 0                 ? "/**/" + Name()
                 : kind == 1 && !any_depth ? "/*"
                 : kind == 2               ? "/*.pem"
                 : kind == 3               ? "/x?"
                                           : "/" + Name();
    }
    return Pick(8) == 0 ? pattern + "/." : pattern;
  }
  std::string Policy(bool allows) {
    std::map<std::string, std::string> lists;
    const auto add = [&](const std::string& key, const std::string& pattern) {
      lists[key] += Concat("'", pattern, "',");
    };
    for (int i = 0; allows && i < 4; ++i) add(Pick(2) != 0 ? "read.allow" : "exec.allow", Path(2));
    static constexpr const char* kKeys[] = {"read.ask", "read.deny", "exec.ask", "exec.deny",
                                            "hide",     "secrets",   "harmless"};
    for (int i = Pick(7); i > 0; --i) add(kKeys[Pick(7)], Pattern());
    std::string text = allows ? "extends=[]\n[files]\n" : "[files]\n";
    for (const auto& [key, list] : lists) text += key + "=[" + list + "]\n";
    return text;
  }
  FakeTree Tree() {
    FakeTree tree;
    for (int i = 0; i < 40; ++i) tree.Add(Path(4), Pick(4) == 0 ? PlaceKind::kDirectory : PlaceKind::kFile);
    return tree;
  }
  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }

 private:
  std::mt19937 random_;
};

bool PolicyReads(const Ruleset& rules, const std::string& path) {
  return rules.Decide(Read(path)).verdict == Verdict::kAllow;
}
bool PolicyRuns(const Ruleset& rules, const std::string& path) {
  return rules.Decide(Exec(path)).verdict == Verdict::kAllow;
}

TEST(LandlockPlanTest, NeverMoreThanThePolicyAndNoLessThanItCould) {
  int granted = 0, carved = 0, run_by = 0, lasting_granted = 0, made_later = 0;
  for (uint32_t seed = 1; seed <= 1500; ++seed) {
    RandomWorld world(seed);
    FakeTree tree = world.Tree();
    const std::string own = world.Policy(true), project = world.Policy(false);
    const Ruleset rules = Join(PolicyOf(own), PolicyOf(project, Trust::kTighten));
    if (world.Pick(4) == 0) tree.most_lists = world.Pick(4);
    const FloorPlan plan = Plan(rules, tree);
    carved += plan.carved;
    const std::string what = Concat("seed ", seed, "\n", own, "--\n", project);
    for (const auto& [path, kind] : tree.places()) {
      const bool is_file = kind == PlaceKind::kFile;
      const uint64_t reading = is_file ? LANDLOCK_ACCESS_FS_READ_FILE : LANDLOCK_ACCESS_FS_READ_DIR;
      if (FloorAllows(plan, path, reading)) {
        ++granted;
        ASSERT_TRUE(PolicyReads(rules, path)) << path << "\n" << what;
      } else if (is_file && !plan.out_of_time && PolicyReads(rules, path)) {
        // A file below what is refused is reached only by a rule that names the way to it.
        ASSERT_FALSE(PolicyReads(rules, path.substr(0, path.rfind('/')) + "/other")) << path << "\n" << what;
      }
      if (is_file && FloorAllows(plan, path, LANDLOCK_ACCESS_FS_EXECUTE)) {
        ASSERT_TRUE(PolicyRuns(rules, path)) << path << "\n" << what;
      }
    }
    tree.listed.clear();
    const FloorPlan to_run = PlanFloor(rules, FloorUse::kRunning, tree);
    for (const auto& [path, kind] : tree.places()) {
      if (kind != PlaceKind::kFile) continue;
      const bool wide = RunsBy(plan, path), narrow = RunsBy(to_run, path);
      ASSERT_TRUE(!narrow || (PolicyReads(rules, path) && PolicyRuns(rules, path))) << path << " (to run)\n" << what;
      const bool all_seen = !plan.out_of_time && !to_run.out_of_time;
      ASSERT_EQ(narrow, all_seen ? wide : narrow) << path << " (to run)\n" << what;
      ASSERT_TRUE(narrow || !FloorAllows(to_run, path, LANDLOCK_ACCESS_FS_READ_FILE)) << path << "\n" << what;
      run_by += narrow ? 1 : 0;
    }
    // With nobody's directories in it, whatever is made later and can be read is allowed.
    tree.of_root.clear();
    for (const auto& [path, kind] : tree.places()) {
      if (world.Pick(3) == 0) tree.programs.insert(path);
    }
    for (const FloorUse use : {FloorUse::kRunningAndSystem, FloorUse::kRunningAndReading}) {
      tree.listed.clear();
      const FloorPlan lasting = PlanFloor(rules, use, tree);
      for (const auto& [path, kind] : tree.places()) {
        const bool is_file = kind == PlaceKind::kFile;
        const uint64_t reading = is_file ? LANDLOCK_ACCESS_FS_READ_FILE : LANDLOCK_ACCESS_FS_READ_DIR;
        if (!FloorAllows(lasting, path, reading)) continue;
        ASSERT_TRUE(PolicyReads(rules, path)) << path << " (lasting)\n" << what;
        ++lasting_granted;
      }
      for (int i = 0; i < 20; ++i) {
        const std::string path = world.Path(5);
        if (tree.places().contains(path) || !FloorAllows(lasting, path, LANDLOCK_ACCESS_FS_READ_FILE)) continue;
        ASSERT_TRUE(PolicyReads(rules, path)) << path << " (made later)\n" << what;
        ++made_later;
      }
    }
    // Names that are made later, in directories that are given whole, are allowed as well; but for those that a rule
    // for any depth is about (decision 4).
    const bool scattered = (own + project).find("**") != std::string::npos;
    for (int i = 0; i < 10 && !scattered; ++i) {
      const std::string path = world.Path(5);
      if (!tree.places().contains(path) && FloorAllows(plan, path, LANDLOCK_ACCESS_FS_READ_FILE)) {
        ASSERT_TRUE(PolicyReads(rules, path)) << path << " (new)\n" << what;
      }
    }
  }
  EXPECT_GT(granted, 500);
  EXPECT_GT(carved, 500);
  EXPECT_GT(run_by, 200);
  EXPECT_GT(lasting_granted, 500);
  EXPECT_GT(made_later, 100);
}

}  // namespace
}  // namespace usher
