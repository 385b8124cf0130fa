#include "supervisor/cli/policy_command.h"

#include <climits>
#include <cstdlib>

#include "policies/escape.h"
#include "policies/operation.h"
#include "policies/printer.h"
#include "policies/text.h"
#include "supervisor/cli/output.h"

namespace usher {
namespace {

void PrintDecision(const char* verb, const Operation& operation, const Ruleset& rules, std::FILE* out) {
  const Decision decision = rules.Decide(operation);
  std::fprintf(out, "%-8s %-6s %s%s%s\n", verb, std::string(ToString(decision.verdict)).c_str(),
               Escape(decision.rule).c_str(), decision.source.empty() ? "" : "   ", Escape(decision.source).c_str());
}

// As the supervisor would see it: an existing object by its real path, another by its real parent.
std::string CanonicalPath(const std::string& what, const std::string& directory) {
  std::string path = what;
  if (path.rfind("~/", 0) == 0 || path == "~") {
    const char* home = std::getenv("HOME");
    path = Concat(home == nullptr ? "" : home, path.substr(1));
  }
  if (path.front() != '/') path = Concat(directory, "/", path);
  char real[PATH_MAX];
  if (realpath(path.c_str(), real) != nullptr) return real;
  const size_t slash = path.rfind('/');
  const std::string parent = slash == 0 ? "/" : path.substr(0, slash);
  if (realpath(parent.c_str(), real) == nullptr) return path;
  return Concat(parent == "/" ? "" : real, path.substr(slash));
}

void ExplainPath(const std::string& path, const Ruleset& rules, std::FILE* out) {
  std::fprintf(out, "%s\n", Escape(path).c_str());
  PrintDecision("read", FileOperation{.action = FileAction::kRead, .path = path}, rules, out);
  PrintDecision("write", FileOperation{.action = FileAction::kWrite, .path = path}, rules, out);
  PrintDecision("run", ExecOperation{.path = path}, rules, out);
}

bool ExplainHost(const std::string& what, const Ruleset& rules, std::FILE* out) {
  std::string host = what;
  uint16_t port = 443;
  const size_t colon = what.rfind(':');
  if (colon != std::string::npos && what.find(':') == colon) {
    if (!ParseNumber(std::string_view(what).substr(colon + 1), &port)) return false;
    host = what.substr(0, colon);
  }
  NetOperation operation{.port = port};
  if (const auto address = IpAddress::Parse(host)) {
    operation.address = address->Normalised();
  } else {
    operation.address = IpAddress::V4({192, 0, 2, 1});  // stands for whatever the name leads to (RFC 5737)
    operation.names = {host};
  }
  std::fprintf(out, "%s:%u\n", Escape(host).c_str(), port);
  PrintDecision("connect", operation, rules, out);
  return true;
}

}  // namespace

int ShowPolicy(const Ruleset& rules, bool all, std::FILE* out) {
  const std::string text = all ? FullListing(rules) : PolicySummary(rules);
  Print(out, text);
  return 0;
}

int ExplainPolicy(const Ruleset& rules, const std::string& what, const std::string& directory, std::FILE* out,
                  std::FILE* err) {
  constexpr std::string_view kUnix = "unix:";
  if (what.rfind(kUnix, 0) == 0 || what.front() == '@') {
    const std::string name = what.front() == '@' ? what : CanonicalPath(what.substr(kUnix.size()), directory);
    std::fprintf(out, "%s\n", Escape(name).c_str());
    PrintDecision("connect", UnixSocketOperation{.name = name}, rules, out);
    return 0;
  }
  if (what.find('/') != std::string::npos || what.front() == '.' || what.front() == '~') {
    ExplainPath(CanonicalPath(what, directory), rules, out);
    return 0;
  }
  if (ExplainHost(what, rules, out)) return 0;
  std::fprintf(err, "usher: %s: not a path (write ./%s), a host or host:port, nor a socket (unix:PATH, @NAME)\n",
               Escape(what).c_str(), Escape(what).c_str());
  return 1;
}

}  // namespace usher
