#include "supervisor/policy_layers.h"

#include <cerrno>
#include <utility>

#include "policies/parser.h"
#include "policies/path_pattern.h"
#include "policies/text.h"
#include "supervisor/approval/sha256.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

struct ReadLayer {
  Policy policy;
  bool stands_on_builtin = true;
};

absl::StatusOr<ReadLayer> ReadLayerFrom(const std::string& file, Trust trust, const PolicyContext& context) {
  USHER_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  USHER_ASSIGN_OR_RETURN(ParsedPolicy parsed, ParsePolicy(text, file, context));
  parsed.policy.trust = trust;
  parsed.policy.digest = Sha256Hex(text);
  return ReadLayer{std::move(parsed.policy), parsed.stands_on_builtin};
}

FileRule Rule(RuleUse use, Verdict verdict, std::string pattern, std::string text, const char* source) {
  return {.use = use, .verdict = verdict, .pattern = std::move(pattern), .text = std::move(text), .source = source};
}

// A linked worktree writes into the repository that it belongs to. What git obeys there is asked about by the built-in
// rules for every ".git", but a bare repository has a name of its own.
Policy WorktreeLayer(const std::string& shared_git) {
  Policy policy;
  policy.name = "worktree";
  policy.origin = "builtin:worktree";
  const std::string repository = QuotePattern(shared_git);
  for (const RuleUse use : {RuleUse::kRead, RuleUse::kWrite}) {
    policy.files.push_back(Rule(
        use, Verdict::kAllow, repository,
        use == RuleUse::kRead ? "read.allow (the worktree's repository)" : "write.allow (the worktree's repository)",
        "builtin:worktree"));
  }
  for (const char* obeyed :
       {"hooks", "config", "config.worktree", "commondir", "worktrees/*/config.worktree", "worktrees/*/commondir",
        "modules/**/hooks", "modules/**/config", "modules/**/config.worktree", "modules/**/commondir"}) {
    policy.files.push_back(Rule(RuleUse::kWrite, Verdict::kAsk, Concat(repository, "/", obeyed),
                                "run_later (the worktree's repository)", "builtin:worktree"));
    policy.files.back().risk = Risk::kRunsLater;
  }
  return policy;
}

// Policy, grants and logs, usher itself and who answers for the person: what the sandbox can reach it could answer for
// itself (invariant 6). The person's policy may lie elsewhere, and be read; it is only not the sandbox's to write.
Policy OwnFilesLayer(const Surroundings& around, const std::string& policy_file) {
  Policy policy;
  policy.name = "usher's own files";
  policy.origin = kOwnFilesOrigin;
  for (const std::string& place : {around.state, around.config, Concat(around.runtime, "/usher")}) {
    const std::string path = QuotePattern(place);
    policy.files.push_back(Rule(RuleUse::kRead, Verdict::kHide, path, "hide (usher's own files)", kOwnFilesOrigin));
    policy.files.push_back(Rule(RuleUse::kWrite, Verdict::kHide, path, "hide (usher's own files)", kOwnFilesOrigin));
    policy.files.push_back(Rule(RuleUse::kExec, Verdict::kHide, path, "hide (usher's own files)", kOwnFilesOrigin));
  }
  for (const std::string& program : around.own_programs) {
    policy.files.push_back(Rule(RuleUse::kWrite, Verdict::kDeny, QuotePattern(program),
                                "write.deny (usher's own programs)", kOwnFilesOrigin));
  }
  std::vector<std::string> found_by = NamesOnTheWay(policy_file);
  found_by.insert(found_by.end(), around.own_links.begin(), around.own_links.end());
  for (const std::string& name : found_by) {
    policy.files.push_back(Rule(RuleUse::kWrite, Verdict::kDeny, QuotePattern(name),
                                "write.deny (the policy, and what leads to usher's own files)", kOwnFilesOrigin));
  }
  return policy;
}

}  // namespace

PolicyContext ContextFor(const Surroundings& around, const std::string& temporary) {
  return {.home = around.home,
          .workspace = around.workspace,
          .temporary = temporary,
          .runtime = around.runtime,
          .name_servers = around.name_servers};
}

absl::StatusOr<std::vector<Policy>> ReadPolicyLayers(const Surroundings& around, const std::string& temporary,
                                                     const std::string& file) {
  const PolicyContext context = ContextFor(around, temporary);
  std::vector<Policy> layers;
  USHER_ASSIGN_OR_RETURN(Policy builtin, BuiltinPolicy("developer", context));
  layers.push_back(std::move(builtin));
  if (!around.shared_git.empty()) layers.push_back(WorktreeLayer(around.shared_git));

  // In full: a relative name could look like a built-in policy's.
  const std::string own = file.empty()          ? Concat(around.config, "/policy.toml")
                          : file.front() == '/' ? file
                                                : Concat(around.directory, "/", file);
  auto person = ReadLayerFrom(own, Trust::kFull, context);
  if (person.ok()) {
    if (!person->stands_on_builtin) layers.clear();
    layers.push_back(std::move(person->policy));
  } else if (!file.empty() || ErrnoOf(person.status()) != ENOENT || !absl::IsNotFound(person.status())) {
    if (!file.empty() && absl::IsNotFound(person.status())) {
      return absl::NotFoundError(Concat("--policy ", file, ": no such file; name one that exists, or leave it out"));
    }
    return person.status();
  }
  if (!around.workspace.empty()) {
    auto project = ReadLayerFrom(Concat(around.workspace, "/.usher.toml"), Trust::kTighten, context);
    if (project.ok()) {
      layers.push_back(std::move(project->policy));
    } else if (!absl::IsNotFound(project.status())) {
      return project.status();
    }
  }
  layers.push_back(OwnFilesLayer(around, own));
  return layers;
}

}  // namespace usher
