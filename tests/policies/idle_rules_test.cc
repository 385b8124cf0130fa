#include "policies/idle_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> IdleOf(const Ruleset& rules) {
  std::vector<std::string> texts;
  for (const IdleRule& rule : IdleRulesOf(rules)) {
    texts.push_back(std::string(rule.text) + " " + std::string(ToString(rule.verdict)));
  }
  return texts;
}

const char* const kLoosening = R"(
  [files]
  read.allow = ["~/data", "~/.ssh", "./src", "/usr/lib"]
  write.allow = ["./.git/config", "./src"]
  exec.allow = ["/srv/tool"]
  [network]
  allow = ["api.example:443", "*", "10.0.0.1"]
  listen.allow = ["0.0.0.0:3000", "loopback:3000"]
)";

TEST(IdleRulesTest, WhatAProjectCannotLoosen) {
  const Policy builtin = BuiltinPolicy("developer", TestContext()).value();
  EXPECT_THAT(IdleOf(Join(builtin, PolicyOf(kLoosening, Trust::kTighten))),
              UnorderedElementsAre("read.allow \"~/data\" ask", "read.allow \"~/.ssh\" hide",
                                   "write.allow \"./.git/config\" ask", "exec.allow \"/srv/tool\" ask",
                                   "network.allow \"api.example:443\" ask", "network.allow \"*\" ask",
                                   "network.allow \"10.0.0.1\" ask", "listen.allow \"0.0.0.0:3000\" ask"));
}

TEST(IdleRulesTest, NothingOfAPersonsFileNorOfATighteningLine) {
  const Policy builtin = BuiltinPolicy("developer", TestContext()).value();
  EXPECT_THAT(IdleOf(Join(builtin, PolicyOf(kLoosening))), IsEmpty());
  EXPECT_THAT(
      IdleOf(Join(builtin, PolicyOf("[files]\nhide = [\"./secret\"]\nread.allow = [\"./secret/open\", \"./*.c\"]",
                                    Trust::kTighten))),
      IsEmpty())
      << "a hole in a line of its own";
}

}  // namespace
}  // namespace usher
