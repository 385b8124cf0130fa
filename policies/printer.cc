#include "policies/printer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "policies/escape.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kTopicWidth = 9;

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

// The value of a rule's text: `~/.ssh` of `hide "~/.ssh"`.
std::string ValueOf(std::string_view text) {
  const size_t quote = text.find('"');
  if (quote == std::string_view::npos || text.size() < quote + 2) return std::string(text);
  return std::string(text.substr(quote + 1, text.size() - quote - 2));
}

void AddOnce(std::vector<std::string>& items, std::string item) {
  if (std::find(items.begin(), items.end(), item) == items.end()) items.push_back(std::move(item));
}

// What the rules of one use say, each place once.
struct Places {
  std::vector<std::string> named;  // the workspace and the like, in words
  std::array<std::vector<std::string>, 4> by_verdict;
  std::vector<std::string> run_later, secrets;

  size_t Of(Verdict verdict) const { return by_verdict[static_cast<size_t>(verdict)].size(); }
};

// The workspace and the private directory have a word of their own, the system one for all its parts.
std::string WordFor(const FileRule& rule, const PolicyContext& context) {
  if (rule.pattern == context.workspace) return "workspace";
  if (rule.pattern == context.temporary) return "private temp";
  if (rule.pattern == "/usr") return "system";
  if (rule.pattern == Cat(context.home, "/.cache")) return "package caches";
  if (rule.pattern == Cat(context.home, "/.rustup") || rule.pattern == Cat(context.home, "/.nvm")) return "toolchains";
  return {};
}

Places PlacesOf(const Ruleset& ruleset, RuleUse use, const PolicyContext& context) {
  Places places;
  for (const Policy& layer : ruleset.layers()) {
    for (const FileRule& rule : layer.files) {
      if (rule.use != use || rule.harmless) continue;
      std::string place = ValueOf(rule.text);
      if (rule.risk == Risk::kRunsLater) {
        AddOnce(places.run_later, std::move(place));
      } else if (rule.risk == Risk::kSecret) {
        AddOnce(places.secrets, std::move(place));
      } else {
        std::string word = rule.verdict == Verdict::kAllow ? WordFor(rule, context) : std::string();
        if (!word.empty()) AddOnce(places.named, std::move(word));
        AddOnce(places.by_verdict[static_cast<size_t>(rule.verdict)], std::move(place));
      }
    }
  }
  return places;
}

std::string Allowed(const Places& places) {
  const size_t all = places.Of(Verdict::kAllow);
  if (places.named.empty()) return all == 0 ? "nothing" : Some(places.by_verdict[0], 4);
  std::string text = Some(places.named, 5);
  if (all > places.named.size()) text += Cat(", ", Count(all - places.named.size(), "other place", "other places"));
  return text;
}

std::vector<std::string> Hosts(const Ruleset& ruleset, bool listen, Verdict verdict) {
  std::vector<std::string> hosts;
  for (const Policy& layer : ruleset.layers()) {
    for (const HostRule& rule : layer.hosts) {
      if (rule.listen == listen && rule.verdict == verdict) AddOnce(hosts, ValueOf(rule.text));
    }
  }
  return hosts;
}

std::string HostsOr(std::vector<std::string> hosts, std::string_view otherwise) {
  std::replace(hosts.begin(), hosts.end(), std::string("*"), std::string("other hosts"));
  std::replace(hosts.begin(), hosts.end(), std::string("$DNS"), std::string("name servers"));
  return hosts.empty() ? std::string(otherwise) : Some(hosts, 4);
}

std::string ReadsLine(const Ruleset& ruleset, const PolicyContext& context) {
  const Places places = PlacesOf(ruleset, RuleUse::kRead, context);
  std::vector<std::string> parts = {Allowed(places), "asks: everything else"};
  const size_t hidden = places.Of(Verdict::kHide) + places.secrets.size();
  if (hidden > 0) parts.push_back(Cat("hidden or guarded: ", Count(hidden, "secret place", "secret places")));
  return Line("reads", parts);
}

std::string WritesLine(const Ruleset& ruleset, const PolicyContext& context) {
  const Places places = PlacesOf(ruleset, RuleUse::kWrite, context);
  std::vector<std::string> parts = {Allowed(places)};
  if (places.run_later.empty()) {
    parts.push_back("asks: everything else");
  } else {
    parts.push_back(
        Cat("asks: everything else, ", Count(places.run_later.size(), "run-later place", "run-later places")));
  }
  if (places.Of(Verdict::kDeny) > 0) parts.push_back(Cat("never: ", Some(places.by_verdict[2], 3)));
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
      AddOnce(sockets[static_cast<size_t>(rule.verdict)], ValueOf(rule.text));
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
    for (const EnvironmentRule& rule : layer.environment) AddOnce(rule.pass ? pass : mask, rule.pattern);
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

std::string PolicySummary(const Ruleset& ruleset, const PolicyContext& context) {
  return Cat(ReadsLine(ruleset, context), WritesLine(ruleset, context), NetworkLine(ruleset), SocketsLine(ruleset),
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
