// Policies for tests: short ways to write rules, and the context that all tests share.

#ifndef USHER_TESTS_POLICIES_POLICY_BUILDER_H_
#define USHER_TESTS_POLICIES_POLICY_BUILDER_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/parser.h"
#include "policies/ruleset.h"

namespace usher {

inline PolicyContext TestContext() {
  return {.home = "/home/me",
          .workspace = "/home/me/src/shop",
          .temporary = "/tmp/usher-7f3a",
          .runtime = "/run/user/1000",
          .name_servers = {*IpAddress::Parse("127.0.0.53"), *IpAddress::Parse("10.0.0.2")}};
}

// A policy from the body of a file; fails the test when it does not parse.
inline Policy PolicyOf(std::string_view body, Trust trust = Trust::kFull, std::string_view file = "test.toml") {
  absl::StatusOr<ParsedPolicy> parsed = ParsePolicy("version = 1\n" + std::string(body), file, TestContext());
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  if (!parsed.ok()) return {};
  parsed->policy.trust = trust;
  return parsed->policy;
}

inline Ruleset RulesetOf(std::string_view body) {
  std::vector<Policy> layers;
  layers.push_back(PolicyOf(body));
  return Ruleset(std::move(layers));
}

inline Ruleset Join(Policy weaker, Policy stronger) {
  std::vector<Policy> layers;
  layers.push_back(std::move(weaker));
  layers.push_back(std::move(stronger));
  return Ruleset(std::move(layers));
}

inline Ruleset Developer() {
  absl::StatusOr<Policy> policy = BuiltinPolicy("developer", TestContext());
  EXPECT_TRUE(policy.ok()) << policy.status();
  std::vector<Policy> layers;
  if (policy.ok()) layers.push_back(*std::move(policy));
  return Ruleset(std::move(layers));
}

inline FileOperation Read(std::string path) { return {.path = std::move(path)}; }
inline FileOperation Write(std::string path) { return {.action = FileAction::kWrite, .path = std::move(path)}; }
inline FileOperation MakeDirectory(std::string path) {
  return {.action = FileAction::kCreate, .path = std::move(path), .is_directory = true};
}
inline FileOperation MoveDirectory(std::string path) {
  return {.action = FileAction::kCreate, .path = std::move(path), .is_directory = true, .carries_subtree = true};
}
inline ExecOperation Exec(std::string path, std::string interpreter = "") {
  return {.path = std::move(path), .interpreter = std::move(interpreter)};
}
inline NetOperation Connect(std::string_view address, uint16_t port, std::vector<std::string> names = {}) {
  return {.address = *IpAddress::Parse(address), .port = port, .names = std::move(names)};
}
inline NetOperation Listen(std::string_view address, uint16_t port) {
  return {.action = NetAction::kListen, .address = *IpAddress::Parse(address), .port = port};
}
inline UnixSocketOperation ConnectUnix(std::string name) { return {.name = std::move(name)}; }

inline Verdict VerdictOf(const Ruleset& rules, const Operation& operation) { return rules.Decide(operation).verdict; }

}  // namespace usher

#endif  // USHER_TESTS_POLICIES_POLICY_BUILDER_H_
