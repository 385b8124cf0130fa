#include "supervisor/policy_layers.h"

#include <cerrno>
#include <utility>

#include "policies/parser.h"
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

FileRule Rule(RuleUse use, Verdict verdict, const std::string& path, std::string text, const char* source) {
  return {.use = use, .verdict = verdict, .pattern = path, .text = std::move(text), .source = source};
}

// A linked worktree writes into the repository that it belongs to. Hooks and configuration there are asked about by the
// built-in rules for every ".git".
Policy WorktreeLayer(const std::string& shared_git) {
  Policy policy;
  policy.name = "worktree";
  policy.origin = "builtin:worktree";
  for (const RuleUse use : {RuleUse::kRead, RuleUse::kWrite}) {
    policy.files.push_back(Rule(use, Verdict::kAllow, shared_git,
                                use == RuleUse::kRead ? "read.allow (the worktree's repository)"
                                                      : "write.allow (the worktree's repository)",
                                "builtin:worktree"));
  }
  return policy;
}

// Policy, grants and logs: what the sandbox can reach it could answer for itself (invariant 8).
Policy OwnFilesLayer(const Surroundings& around) {
  Policy policy;
  policy.name = "usher's own files";
  policy.origin = "builtin:own-files";
  for (const std::string& path : {around.state, around.config, Concat(around.runtime, "/usher")}) {
    policy.files.push_back(Rule(RuleUse::kRead, Verdict::kHide, path, "hide (usher's own files)", "builtin:own-files"));
    policy.files.push_back(Rule(RuleUse::kWrite, Verdict::kHide, path, "hide (usher's own files)", "builtin:own-files"));
    policy.files.push_back(Rule(RuleUse::kExec, Verdict::kHide, path, "hide (usher's own files)", "builtin:own-files"));
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
  layers.push_back(OwnFilesLayer(around));
  return layers;
}

}  // namespace usher
