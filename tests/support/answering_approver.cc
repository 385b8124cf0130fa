// An approver program for tests: answers each request by the first rule that fits, and keeps every frame it got.
//
// Rules, one a line: KIND OBJECT-GLOB OPTION [STEP of the ladder]. OPTION is one of the protocol's, "silent" (no
// answer), "die", "wrong-digest" or "garbage". Without a rule: deny. The rule "start-dead" ends the program before it
// reads.

#include <fnmatch.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/patience.h"

namespace {

using Json = nlohmann::ordered_json;

struct Rule {
  std::string kind, object, option;
  size_t step = 0;
};

std::vector<Rule> RulesIn(const char* path) {
  std::vector<Rule> rules;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    Rule rule;
    std::istringstream(line) >> rule.kind >> rule.object >> rule.option >> rule.step;
    rules.push_back(rule);
  }
  return rules;
}

Rule RuleFor(const Json& request, const std::vector<Rule>& rules) {
  for (const Rule& rule : rules) {
    if (rule.kind != "*" && rule.kind != request["kind"]) continue;
    if (fnmatch(rule.object.c_str(), request["object"].get<std::string>().c_str(), 0) == 0) return rule;
  }
  return {"", "", "deny"};
}

void Answer(const Json& request, Rule rule) {
  constexpr std::string_view kSlow = "slow-";
  if (rule.option.starts_with(kSlow)) {
    usher::Pause(1000);
    rule.option.erase(0, kSlow.size());
  }
  if (rule.option == "silent") return;
  if (rule.option == "die") _exit(3);
  if (rule.option == "garbage") {
    std::cout << "{\"type\":\"decision\",,,\n\x01\xff yes please\n" << std::flush;
    return;
  }
  Json decision = {{"v", 1}, {"type", "decision"}, {"id", request["id"]}, {"option", rule.option}};
  decision["digest"] = request["digest"];
  if (rule.option == "wrong-digest") {
    decision["option"] = "once";
    decision["digest"] = "sha256:00";
  }
  if (rule.step < request["ladder"].size()) decision["scope"] = request["ladder"][rule.step];
  std::cout << decision.dump() << "\n" << std::flush;
}

}  // namespace

int main(int, char** argv) {
  const std::vector<Rule> rules = RulesIn(argv[1]);
  if (!rules.empty() && rules[0].kind == "start-dead") return 3;
  std::ofstream frames(argv[2], std::ios::app);
  std::cout << "{\"v\":1,\"type\":\"hello\",\"approver\":\"test\"}\n" << std::flush;
  for (std::string line; std::getline(std::cin, line);) {
    frames << line << "\n" << std::flush;
    const Json frame = Json::parse(line);
    if (frame["type"] == "request") Answer(frame, RuleFor(frame, rules));
  }
  return 0;
}
