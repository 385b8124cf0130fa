#include "supervisor/cli/state_paths.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace usher {
namespace {

EnvironmentLookup From(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(StatePathsTest, StateDirectory) {
  struct Case {
    std::map<std::string, std::string> environment;
    std::string directory;  // empty: an error
  };
  for (const Case& c : std::vector<Case>{
           {{{"HOME", "/home/me"}}, "/home/me/.local/state/usher"},
           {{{"HOME", "/home/me/"}}, "/home/me/.local/state/usher"},
           {{{"HOME", "/home/me"}, {"XDG_STATE_HOME", "/s"}}, "/s/usher"},
           {{{"HOME", "/home/me"}, {"XDG_STATE_HOME", "relative"}}, "/home/me/.local/state/usher"},
           {{{"HOME", "/home/me"}, {"XDG_STATE_HOME", ""}}, "/home/me/.local/state/usher"},
           {{{"HOME", "/home/me"}, {"XDG_STATE_HOME", "/s"}, {"USHER_STATE", "/u/x//"}}, "/u/x"},
           {{{"HOME", "/home/me"}, {"USHER_STATE", ""}}, "/home/me/.local/state/usher"},
           {{{"HOME", "/home/me"}, {"USHER_STATE", "here"}}, ""},
           {{{"HOME", ""}}, ""},
           {{}, ""},
       }) {
    const absl::StatusOr<std::string> directory = StateDirectory(From(c.environment));
    EXPECT_EQ(directory.ok(), !c.directory.empty());
    EXPECT_EQ(directory.value_or(""), c.directory);
  }
}

TEST(StatePathsTest, PathsOfRun) {
  const RunPaths paths = PathsOfRun("/s", "s-1");
  EXPECT_EQ(paths.directory, "/s/runs/s-1");
  EXPECT_EQ(paths.events, "/s/runs/s-1/events.jsonl");
  EXPECT_EQ(paths.receipt_markdown, "/s/runs/s-1/receipt.md");
  EXPECT_EQ(paths.receipt_json, "/s/runs/s-1/receipt.json");
  EXPECT_EQ(GrantsDirectory("/s"), "/s/grants");
}

TEST(StatePathsTest, ARunIdLeadsNowhereElse) {
  for (const char* good : {"s-7f3a9c01", "a", "A_1"}) EXPECT_TRUE(CheckRunId(good).ok()) << good;
  for (const char* bad : {"", ".", "..", "../x", "a/b", "a b", "\x1b[2J", "\xFF"}) {
    EXPECT_FALSE(CheckRunId(bad).ok()) << bad;
  }
  EXPECT_FALSE(CheckRunId(std::string(65, 'a')).ok());
}

}  // namespace
}  // namespace usher
