#include "policies/printer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "policies/escape.h"
#include "policies/place_words.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kTopicWidth = 9;
constexpr size_t kMostNamed = 12;

// Some items by name, and how many more there are.
std::string Some(const std::vector<std::string>& items, size_t most) {
  std::string text;
  for (size_t i = 0; i < items.size() && i < most; ++i) text += Cat(i == 0 ? "" : ", ", Escape(items[i]));
  if (items.size() > most) text += Cat(" and ", items.size() - most, " more");
  return text;
}

std::string Count(size_t count, std::string_view one, std::string_view many) {
  return Cat(count, " ", count == 1 ? one : many);
}

std::string Line(std::string_view topic, const std::vector<std::string>& parts) {
  std::string line(topic);
  line.resize(std::max(kTopicWidth, line.size() + 1), ' ');
  for (size_t i = 0; i < parts.size(); ++i) line += Cat(i == 0 ? "" : " · ", parts[i]);
  return line + "\n";
}

void AddOnce(std::vector<std::string>& items, std::string item) {
  if (std::find(items.begin(), items.end(), item) == items.end()) items.push_back(std::move(item));
}

// The built-in rules in words, and the rules of the files with this verdict by name.
std::string Places(const std::vector<std::string_view>& words, const PlaceWords& places, Verdict verdict,
                   std::string_view otherwise) {
  std::vector<std::string> named;
  for (const PlaceWords::Added& added : places.added) {
    const FileRule& rule = *added.rule;
    if (rule.verdict == verdict && !rule.harmless) AddOnce(named, std::string(ValueOf(rule.text)));
  }
  std::string text = ListOf(words);
  if (!named.empty()) text += Cat(text.empty() ? "" : ", ", Some(named, kMostNamed));
  return text.empty() ? std::string(otherwise) : text;
}

std::vector<std::string> Hosts(const Ruleset& ruleset, bool listen, Verdict verdict) {
  std::vector<std::string> hosts;
  for (const Policy& layer : ruleset.layers()) {
    for (const HostRule& rule : layer.hosts) {
      if (rule.listen == listen && rule.verdict == verdict) AddOnce(hosts, std::string(ValueOf(rule.text)));
    }
  }
  return hosts;
}

std::string HostsOr(std::vector<std::string> hosts, std::string_view otherwise) {
  std::replace(hosts.begin(), hosts.end(), std::string("*"), std::string("other hosts"));
  std::replace(hosts.begin(), hosts.end(), std::string("$DNS"), std::string("name servers"));
  return hosts.empty() ? std::string(otherwise) : Some(hosts, 4);
}

std::string ReadsLine(const Ruleset& ruleset) {
  const PlaceWords places = PlaceWordsFor(RuleUse::kRead, ruleset);
  std::vector<std::string> parts = {Places(places.allowed, places, Verdict::kAllow, "nothing"),
                                    Cat("asks: ", Places(places.asked, places, Verdict::kAsk, "everything else"))};
  if (const std::string denied = Places(places.denied, places, Verdict::kDeny, ""); !denied.empty()) {
    parts.push_back(Cat("never: ", denied));
  }
  std::string hidden = places.hidden == 0 ? "" : Count(places.hidden, "secret place", "secret places");
  if (const std::string own = Places({}, places, Verdict::kHide, ""); !own.empty()) {
    hidden += Cat(hidden.empty() ? "" : ", ", own);
  }
  if (!hidden.empty()) parts.push_back(Cat("hidden: ", hidden));
  return Line("reads", parts);
}

std::string WritesLine(const Ruleset& ruleset) {
  const PlaceWords places = PlaceWordsFor(RuleUse::kWrite, ruleset);
  std::string asked = Places(places.asked, places, Verdict::kAsk, "everything else");
  if (places.run_later > 0) asked += Cat(", ", Count(places.run_later, "run-later place", "run-later places"));
  std::vector<std::string> parts = {Places(places.allowed, places, Verdict::kAllow, "nothing"), Cat("asks: ", asked)};
  if (const std::string denied = Places(places.denied, places, Verdict::kDeny, ""); !denied.empty()) {
    parts.push_back(Cat("never: ", denied));
  }
  return Line("writes", parts);
}

std::string NetworkLine(const Ruleset& ruleset) {
  std::vector<std::string> parts = {HostsOr(Hosts(ruleset, false, Verdict::kAllow), "no host"),
                                    Cat("asks: ", HostsOr(Hosts(ruleset, false, Verdict::kAsk), "other hosts"))};
  const std::vector<std::string> denied = Hosts(ruleset, false, Verdict::kDeny);
  if (!denied.empty()) parts.push_back(Cat("never: ", Some(denied, 3)));
  parts.push_back(Cat("listens: ", HostsOr(Hosts(ruleset, true, Verdict::kAllow), "asks")));
  return Line("network", parts);
}

std::string SocketsLine(const Ruleset& ruleset) {
  std::array<std::vector<std::string>, 4> sockets;
  for (const Policy& layer : ruleset.layers()) {
    for (const SocketRule& rule : layer.sockets) {
      AddOnce(sockets[static_cast<size_t>(rule.verdict)], std::string(ValueOf(rule.text)));
    }
  }
  std::vector<std::string> parts = {"its own"};
  if (!sockets[0].empty()) parts.front() += Cat(", ", Some(sockets[0], 4));
  if (!sockets[1].empty()) parts.push_back(Cat("asks: ", Some(sockets[1], 4)));
  if (!sockets[2].empty()) parts.push_back(Cat("never: ", Some(sockets[2], 4)));
  return Line("sockets", parts);
}

std::string EnvironmentLine(const Ruleset& ruleset) {
  std::vector<std::string> pass, mask;
  for (const Policy& layer : ruleset.layers()) {
    for (const EnvironmentRule& rule : layer.environment) AddOnce(rule.pass ? pass : mask, std::string(rule.pattern));
  }
  const bool all = std::find(pass.begin(), pass.end(), "*") != pass.end();
  return Line("env", {all ? "passes but for what is masked" : Cat("passes ", Count(pass.size(), "name", "names")),
                      Cat("masked: ", Count(mask.size(), "pattern", "patterns"))});
}

std::string PolicyLine(const Ruleset& ruleset) {
  std::vector<std::string> parts;
  for (const Policy& layer : ruleset.layers()) {
    const std::string name = Escape(layer.name.empty() ? layer.origin : layer.name);
    parts.push_back(layer.trust == Trust::kTighten ? Cat(name, " (may only tighten)") : name);
  }
  return Line("policy", parts);
}

using ListedRule = std::tuple<std::pair<int, int>, std::string_view, std::string_view>;

// Line and column at the end of "FILE:LINE:COLUMN", to list rules as they stand in the file.
std::pair<int, int> PlaceOf(std::string_view source) {
  const size_t column = source.rfind(':');
  if (column == std::string_view::npos || column == 0) return {};
  const size_t line = source.rfind(':', column - 1);
  if (line == std::string_view::npos) return {};
  std::pair<int, int> place;
  std::from_chars(source.data() + line + 1, source.data() + column, place.first);
  std::from_chars(source.data() + column + 1, source.data() + source.size(), place.second);
  return place;
}

}  // namespace

std::string PolicySummary(const Ruleset& ruleset) {
  return Cat(ReadsLine(ruleset), WritesLine(ruleset), NetworkLine(ruleset), SocketsLine(ruleset),
             EnvironmentLine(ruleset), PolicyLine(ruleset));
}

std::string FullListing(const Ruleset& ruleset) {
  std::string listing;
  for (const Policy& layer : ruleset.layers()) {
    std::set<ListedRule> rules;  // a rule in the file can be several here
    const auto add = [&](const auto& list) {
      for (const auto& rule : list) rules.insert({PlaceOf(rule.source), rule.text, rule.source});
    };
    add(layer.files);
    add(layer.hosts);
    add(layer.sockets);
    add(layer.environment);
    for (const auto& [place, text, source] : rules) listing += Cat(Escape(text), "   ", Escape(source), "\n");
  }
  return listing;
}

}  // namespace usher
