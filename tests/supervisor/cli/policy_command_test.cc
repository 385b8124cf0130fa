#include "supervisor/cli/policy_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "policies/parser.h"
#include "tests/supervisor/cli/recorded_run.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Only what is named here is allowed: another answer is another object.
constexpr char kRules[] = R"(version = 1
[files]
read.allow = ["."]
read.deny = ["~/refused"]
[network]
allow = ["[::1]:443", "named.example:443", "Makefile"]
deny = ["192.0.2.7", "loopback:80"]
[sockets]
allow = ["./run/s", "@name"]
deny = ["docker"]
[environment]
pass = ["TERM"]
)";

class PolicyCommandTest : public ::testing::Test {
 protected:
  PolicyCommandTest() : here_{.directory = root_ / "work", .home = root_ / "home"} {
    for (const char* directory : {"work", "work/there", "home", "home/refused"}) {
      mkdir((root_ / directory).c_str(), 0700);
    }
    std::ofstream(here_.directory + "/Makefile") << "all:\n";
  }
  Policy PolicyOf(std::string_view text, std::string_view file) const {
    const PolicyContext context{.home = here_.home, .workspace = here_.directory};
    auto parsed = ParsePolicy(text, file, context);
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return parsed.ok() ? std::move(parsed->policy) : Policy();
  }
  Output Explain(const std::string& what) const {
    const Ruleset rules({PolicyOf(kRules, "p.toml")});
    return OutputOf([&](FILE* out, FILE* err) { return ExplainPolicy(rules, what, here_, out, err); });
  }

  TemporaryDirectory root_;
  const Whereabouts here_;
};

TEST_F(PolicyCommandTest, SaysWhatARunWouldDo) {
  ASSERT_EQ(symlink((here_.home + "/refused").c_str(), (here_.directory + "/link").c_str()), 0);
  ASSERT_EQ(symlink((here_.home + "/refused/new").c_str(), (here_.directory + "/dangling").c_str()), 0);
  const std::string& work = here_.directory;
  const std::string& home = here_.home;
  const struct {
    std::string what, object, first;  // `first`: of the decisions
  } cases[] = {
      {".", work, "read     allow "},
      {"./there", work + "/there", "read     allow "},
      {"./a/b/c", work + "/a/b/c", "read     allow "},
      {"a/./b//../c/", work + "/a/c", "read     allow "},
      {"./there/../../home/refused/x/y", home + "/refused/x/y", "read     deny "},
      {"./Makefile/x", work + "/Makefile/x", "read     allow "},
      {"link/a/b", home + "/refused/a/b", "read     deny "},
      {"dangling", home + "/refused/new", "read     deny "},
      {"~", home, "read     ask "},
      {"~/refused/a/b", home + "/refused/a/b", "read     deny "},
      {"/", "/", "read     ask "},
      {"Makefile", work + "/Makefile", "read     allow "},
      {"link", home + "/refused", "read     deny "},
      {"Makefiles", "makefiles:443", "connect  ask "},
      {"named.example", "named.example:443", "connect  allow "},
      {"Named.Example.:443", "named.example:443", "connect  allow "},
      {"named.example:80", "named.example:80", "connect  ask "},
      {"192.0.2.7", "192.0.2.7:443", "connect  deny "},
      {"192.0.2.8:22", "192.0.2.8:22", "connect  ask "},
      {"[::1]:443", "[::1]:443", "connect  allow "},
      {"[::1]", "[::1]:443", "connect  allow "},
      {"::1", "[::1]:443", "connect  allow "},
      {"[::1]:80", "[::1]:80", "connect  deny "},
      {"[::ffff:192.0.2.7]:22", "192.0.2.7:22", "connect  deny "},
      {"localhost:80", "127.0.0.1:80", "connect  deny "},
      {"unix:run/s", work + "/run/s", "connect  allow "},
      {"unix:./run/x/y", work + "/run/x/y", "connect  deny "},
      {"@name", "@name", "connect  allow "},
      {"@other", "@other", "connect  deny "},
  };
  for (const auto& c : cases) {
    const Output output = Explain(c.what);
    EXPECT_EQ(output.code, 0) << c.what << output.err;
    EXPECT_THAT(output.out, StartsWith(c.object + "\n" + c.first)) << c.what;
    EXPECT_THAT(output.out, Not(HasSubstr("canonical"))) << c.what;
    EXPECT_EQ(output.err, "") << c.what;
  }
}

// A port is opened at an address, and everywhere is not the loopback.
TEST_F(PolicyCommandTest, SaysWhatOpeningAPortNeeds) {
  EXPECT_THAT(Explain("0.0.0.0:3000").out, HasSubstr("\nlisten   "));
  EXPECT_THAT(Explain("[::1]:3000").out, HasSubstr("\nlisten   "));
  EXPECT_THAT(Explain("named.example:443").out, Not(HasSubstr("listen")));
}

TEST_F(PolicyCommandTest, CheckNamesWhatAProjectCannotLoosen) {
  Policy project = PolicyOf("version = 1\nfiles.read.allow = [\"~/data\", \"./src\"]\n", ".usher.toml");
  project.trust = Trust::kTighten;
  const Ruleset rules({PolicyOf(kRules, "p.toml"), project});
  const Output output = OutputOf([&](FILE* out, FILE*) { return CheckPolicy(rules, out); });
  EXPECT_EQ(output.code, 0);
  EXPECT_THAT(output.out, HasSubstr("ok  p.toml\nok  .usher.toml\n"));
  EXPECT_THAT(output.out, HasSubstr("idle  .usher.toml:2:21: read.allow \"~/data\" loosens nothing"));
  EXPECT_THAT(output.out, Not(HasSubstr("./src")));
}

TEST_F(PolicyCommandTest, SaysWhatBecomesOfAVariable) {
  EXPECT_EQ(Explain("env:TERM").out, "TERM\nenv      pass\n");
  EXPECT_EQ(Explain("env:API_TOKEN").out, "API_TOKEN\nenv      mask\n");
}

TEST_F(PolicyCommandTest, AWellKnownSocketStandsInManyPlaces) {
  const Output output = Explain("unix:docker");
  EXPECT_EQ(output.code, 0);
  EXPECT_THAT(output.out, HasSubstr("/docker.sock\nconnect  deny"));
  EXPECT_THAT(output.out, HasSubstr(here_.home + "/.docker\nconnect  deny"));
  EXPECT_THAT(Explain("unix:nobody").out, StartsWith(here_.directory + "/nobody\n")) << "a path, then";
}

TEST_F(PolicyCommandTest, AnAddressOfTheWebIsNoPath) {
  const Output output = Explain("https://shop.example:8443/cart?id=1");
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.err, HasSubstr("usher policy explain shop.example:8443\n"));
}

TEST_F(PolicyCommandTest, RefusesWhatNamesNothing) {
  for (const char* what : {"", "unix:", "env:"}) {
    const Output output = Explain(what);
    EXPECT_EQ(output.code, 1) << what;
    EXPECT_THAT(output.err, HasSubstr("names nothing to explain; write a path")) << what;
    EXPECT_EQ(output.out, "") << what;
  }
  for (const char* what : {"two words", "named.example:0", "named.example:99999", "named.example:1-2", "[::1",
                           "[named]:1", "*", "1.2.3", ":443", "caf\xc3\xa9"}) {
    const Output output = Explain(what);
    EXPECT_EQ(output.code, 1) << what;
    EXPECT_THAT(output.err, HasSubstr("not a path (write ./")) << what;
    EXPECT_EQ(output.out, "") << what;
  }
}

}  // namespace
}  // namespace usher
