#include "supervisor/cli/policy_command.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policies/escape.h"
#include "policies/expansion.h"
#include "policies/host_pattern.h"
#include "policies/idle_rules.h"
#include "policies/operation.h"
#include "policies/printer.h"
#include "policies/text.h"
#include "supervisor/cli/output.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

void PrintDecision(const char* verb, const Operation& operation, const Ruleset& rules, std::FILE* out) {
  const Decision decision = rules.Decide(operation);
  std::fprintf(out, "%-8s %-6s %s%s%s\n", verb, std::string(ToString(decision.verdict)).c_str(),
               Escape(decision.rule).c_str(), decision.source.empty() ? "" : "   ", Escape(decision.source).c_str());
}

// As the supervisor would see it: links are followed, and what is not there yet keeps its name.
std::string CanonicalPath(const std::string& what, const Whereabouts& here) {
  const bool in_home = what == "~" || what.starts_with("~/");
  const std::string path = in_home                 ? Concat(here.home, what.substr(1))
                           : what.starts_with('/') ? what
                                                   : Concat(here.directory, "/", what);
  return NamesOnTheWay(path).back();
}

// A bare word is a host's name, unless a file of that name is there.
bool IsPath(const std::string& what, const Whereabouts& here) {
  if (what.find('/') != std::string::npos || what.starts_with('.') || what.starts_with('~')) return true;
  struct stat status;
  return lstat(Concat(here.directory, "/", what).c_str(), &status) == 0;
}

void ExplainPath(const std::string& path, const Ruleset& rules, std::FILE* out) {
  std::fprintf(out, "%s\n", Escape(path).c_str());
  PrintDecision("read", FileOperation{.action = FileAction::kRead, .path = path}, rules, out);
  PrintDecision("write", FileOperation{.action = FileAction::kWrite, .path = path}, rules, out);
  PrintDecision("run", ExecOperation{.path = path}, rules, out);
}

// Nothing when it is not one host, in the spelling of policy files, at one port.
std::optional<NetOperation> ConnectTo(const std::string& what) {
  const auto pattern = ParseHostPattern(what);
  if (!pattern.ok()) return std::nullopt;
  const bool any_port = pattern->port_low == 0;
  if (!any_port && pattern->port_low != pattern->port_high) return std::nullopt;
  NetOperation operation{.port = any_port ? uint16_t{443} : pattern->port_low};
  switch (pattern->kind) {
    case HostPattern::Kind::kName:
      operation.address = IpAddress::V4({192, 0, 2, 1});  // stands for whatever the name leads to (RFC 5737)
      operation.names = {pattern->name};
      return operation;
    case HostPattern::Kind::kLoopback:
      operation.address = IpAddress::V4({127, 0, 0, 1});
      return operation;
    case HostPattern::Kind::kRange:
      if (pattern->range.prefix != (pattern->range.base.v6 ? 128 : 32)) return std::nullopt;
      operation.address = pattern->range.base;
      return operation;
    case HostPattern::Kind::kAny:
    case HostPattern::Kind::kNameAndSubdomains:
      return std::nullopt;
  }
  return std::nullopt;
}

void ExplainHost(const NetOperation& connect, const Ruleset& rules, std::FILE* out) {
  const std::string address = connect.address.ToString();
  const std::string host = !connect.names.empty() ? connect.names.front()
                           : connect.address.v6   ? Concat("[", address, "]")
                                                  : address;
  std::fprintf(out, "%s:%u\n", Escape(host).c_str(), connect.port);
  PrintDecision("connect", connect, rules, out);
  if (!connect.names.empty()) return;  // a port is opened at an address
  NetOperation listen = connect;
  listen.action = NetAction::kListen;
  PrintDecision("listen", listen, rules, out);
}

void ExplainSocket(const std::string& name, const Ruleset& rules, std::FILE* out) {
  std::fprintf(out, "%s\n", Escape(name).c_str());
  PrintDecision("connect", UnixSocketOperation{.name = name}, rules, out);
}

// Every place where a socket of that name may stand. False: nobody knows the name.
bool ExplainWellKnownSocket(std::string_view name, const Ruleset& rules, const Whereabouts& here, std::FILE* out) {
  const std::vector<std::string_view> known = WellKnownSockets();
  if (std::find(known.begin(), known.end(), name) == known.end()) return false;
  const auto places = ExpandSocket(name, {.home = here.home, .workspace = here.directory, .runtime = here.runtime});
  if (!places.ok()) return false;
  for (const std::string& place : places->patterns) {
    ExplainSocket(place.starts_with('@') ? place : CanonicalPath(place, here), rules, out);
  }
  return true;
}

void ExplainVariable(const std::string& name, const Ruleset& rules, std::FILE* out) {
  std::fprintf(out, "%s\nenv      %s\n", Escape(name).c_str(), rules.PassesEnvironment(name) ? "pass" : "mask");
}

}  // namespace

int ShowPolicy(const Ruleset& rules, bool all, std::FILE* out) {
  const std::string text = all ? FullListing(rules) : PolicySummary(rules);
  Print(out, text);
  return 0;
}

int CheckPolicy(const Ruleset& rules, std::FILE* out) {
  for (const Policy& layer : rules.layers()) Print(out, Concat("ok  ", Escape(layer.origin), "\n"));
  for (const IdleRule& rule : IdleRulesOf(rules)) {
    Print(out, Concat("idle  ", Escape(rule.source), ": ", Escape(rule.text),
                      " loosens nothing: a project's file may only tighten, and here it is ", ToString(rule.verdict),
                      "; a rule in ~/.config/usher/policy.toml can\n"));
  }
  return 0;
}

int ExplainPolicy(const Ruleset& rules, const std::string& what, const Whereabouts& here, std::FILE* out,
                  std::FILE* err) {
  constexpr std::string_view kUnix = "unix:", kVariable = "env:";
  if (what.empty() || what == kUnix || what == kVariable) {
    Print(err, Concat("usher: ", what.empty() ? "an empty word" : what,
                      " names nothing to explain; write a path, a host or host:port, unix:PATH, @NAME or env:NAME\n"));
    return 1;
  }
  if (what.starts_with(kVariable)) {
    ExplainVariable(what.substr(kVariable.size()), rules, out);
    return 0;
  }
  if (what.starts_with(kUnix) && ExplainWellKnownSocket(what.substr(kUnix.size()), rules, here, out)) return 0;
  if (const size_t scheme = what.find("://"); scheme != std::string::npos && scheme > 0) {
    const std::string host = what.substr(scheme + 3, what.find_first_of("/?#", scheme + 3) - scheme - 3);
    Print(err, Concat("usher: ", Escape(what),
                      ": an address of the web is judged by its host; try: usher policy explain ", Escape(host), "\n"));
    return 1;
  }
  if (what.starts_with('@')) {
    ExplainSocket(what, rules, out);
  } else if (what.starts_with(kUnix)) {
    ExplainSocket(CanonicalPath(what.substr(kUnix.size()), here), rules, out);
  } else if (IsPath(what, here)) {
    ExplainPath(CanonicalPath(what, here), rules, out);
  } else if (const auto connect = ConnectTo(what)) {
    ExplainHost(*connect, rules, out);
  } else {
    const std::string word = Escape(what);
    Print(err, Concat("usher: ", word, ": not a path (write ./", word,
                      "), a host or host:port, a socket (unix:PATH, @NAME) or a variable (env:NAME)\n"));
    return 1;
  }
  return 0;
}

}  // namespace usher
