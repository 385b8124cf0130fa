// usher policy show|check|explain: what a run here would allow, and why.

#ifndef USHER_SUPERVISOR_CLI_POLICY_COMMAND_H_
#define USHER_SUPERVISOR_CLI_POLICY_COMMAND_H_

#include <cstdio>
#include <string>

#include "policies/policy.h"
#include "policies/ruleset.h"

namespace usher {

// Topics and what is allowed, asked about and refused; with `all`, every rule.
int ShowPolicy(const Ruleset& rules, bool all, std::FILE* out);

// Whether the files could be understood, which whoever made `rules` knows, and which of their lines do nothing.
int CheckPolicy(const Ruleset& rules, std::FILE* out);

// What relative paths, "~" and the sockets of a session begin with; absolute, the last one empty where there is none.
struct Whereabouts {
  std::string directory, home, runtime;
};

// What the policy says of one thing: a path (read, write, run), a host[:port], a unix socket ("unix:PATH", "@name",
// "unix:docker" for all that go by a well-known name), or a variable ("env:NAME"). A word that could be a host is a path
// when a file of that name is there. Prints verdict, rule and place for each.
// Exit code: 0, or 1 when `what` is none of these.
int ExplainPolicy(const Ruleset& rules, const std::string& what, const Whereabouts& here, std::FILE* out,
                  std::FILE* err);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CLI_POLICY_COMMAND_H_
