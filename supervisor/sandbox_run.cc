// What is a run, before anything of it is confined: its name, its surroundings, its rules and its records.

#include "supervisor/sandbox_run.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/command_lookup.h"
#include "supervisor/kernel/directory.h"
#include "supervisor/kernel/path.h"
#include "supervisor/policy_layers.h"
#include "supervisor/result.h"
#include "supervisor/run_words.h"

namespace usher {
namespace {

// A program as the command line has it, by its whole name.
std::string FullName(const std::string& path, const Surroundings& around) {
  return path.starts_with('/') ? path : Concat(around.directory, "/", path);
}

std::string NewRunId() {
  uint32_t random = 0;
  if (getrandom(&random, sizeof(random), 0) != sizeof(random)) random = static_cast<uint32_t>(getpid());
  char text[16];
  std::snprintf(text, sizeof(text), "s-%08x", random);
  return text;
}

int CannotLog(const absl::Status& why) {
  if (!OuterRun().empty()) return Complain(kExitHostLacks, WhyNotHere());  // it hides where records are kept
  return Complain(kExitUsher, Concat("cannot keep a log: ", FromAbsl(why.message()),
                                     "; set USHER_STATE to a directory you can write"));
}

}  // namespace

int SandboxRun::Prepare() {
  const bool wants_static = options_.mechanism == Mechanism::kStatic;
  if (wants_static && !options_.allow_degraded) {
    return Complain(kExitUsher, "--mechanism=static holds no call: it needs --allow-degraded");
  }
  auto around = LookAround(options_.workspace);
  if (!around.ok()) return Complain(kExitUsher, FromAbsl(around.status().message()));
  around_ = *std::move(around);

  const char* variable = std::getenv("PATH");
  const std::string path = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  if (!options_.approver.empty()) {
    const std::string approver = LookUpCommand(options_.approver, path).path;
    if (approver.empty()) {
      return Complain(kExitUsher, Concat("--approver ", Escape(options_.approver),
                                         ": no such program; name one that exists, or leave it out to be asked here"));
    }
    for (std::string& name : NamesOnTheWay(FullName(approver, around_))) {
      around_.own_programs.push_back(std::move(name));
    }
  }
  const CommandLookup command = LookUpCommand(options_.command[0], path);
  if (command.path.empty()) {
    const std::string name = Escape(options_.command[0]);
    if (command.found_unusable) {
      return Complain(kExitCannotRun, Concat(name, ": found, but it may not be run; chmod +x it, or name a program"));
    }
    const bool is_path = options_.command[0].find('/') != std::string::npos;
    const bool is_line = options_.command[0].find(' ') != std::string::npos && options_.command.size() == 1;
    return Complain(kExitNotFound,
                    is_line   ? Concat(name, ": no such command; for a whole line: usher run -- sh -c '", name, "'")
                    : is_path ? Concat(name, ": no such file; check the spelling, or build it first")
                              : Concat(name, ": command not found; check the spelling and $PATH"));
  }
  program_ = command.path;
  DescribeRun();
  return HoldReceiptPlace();
}

int SandboxRun::HoldReceiptPlace() {
  if (options_.receipt.empty() || options_.receipt == "-") return 0;
  const size_t slash = options_.receipt.rfind('/');
  const std::string place = slash == std::string::npos ? "." : options_.receipt.substr(0, slash + 1);
  receipt_place_.reset(open(place.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (receipt_place_) return 0;
  return Complain(kExitUsher, Concat("--receipt ", Escape(options_.receipt), ": there is no directory ", Escape(place),
                                     "; mkdir -p ", Escape(place)));
}

void SandboxRun::DescribeRun() {
  info_.id = NewRunId();
  info_.argv = options_.command;
  info_.workspace = around_.workspace;
  info_.user = around_.user;
  info_.host = around_.host;
  info_.started_unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(started_.time_since_epoch()).count();
}

int SandboxRun::PreparePolicy() {
  if (options_.gate != Gate::kShut) {
    gated_.emplace();
    gated_->Begin();
  }
  auto layers = ReadPolicyLayers(around_, temporary_, options_.policy);
  if (!layers.ok()) return Complain(kExitPolicy, FromAbsl(layers.status().message()));
  for (const Policy& layer : *layers) {
    info_.policy.push_back(layer.digest.empty() ? layer.origin : Concat(layer.origin, " sha256:", layer.digest));
    for (const EnvironmentRule& rule : layer.environment) {
      if (!rule.pass) info_.masked_names.emplace_back(std::string_view(rule.pattern));
    }
  }
  summary_.emplace(Redactor(info_.masked_names));
  rules_.emplace(*std::move(layers));
  // Said before anything is started; what it names in turn is judged when it does.
  const std::string path = NamesOnTheWay(FullName(program_, around_)).back();
  const Decision decision = rules_->Decide(ExecOperation{.path = path});
  if (decision.verdict <= Verdict::kAsk) return 0;
  return Complain(kExitCannotRun,
                  Concat(Escape(options_.command[0]), ": the policy denies running it: ", Escape(decision.rule), " (",
                         Escape(decision.source), "); usher policy explain ", Escape(path)));
}

bool SandboxRun::LogsReads() const {
  const std::vector<Policy>& layers = rules_->layers();
  return std::any_of(layers.begin(), layers.end(), [](const Policy& layer) { return layer.log_reads; });
}

int SandboxRun::PrepareRecords() {
  paths_ = PathsOfRun(around_.state, info_.id);
  if (absl::Status status = MakeDirectories(paths_.directory); !status.ok()) {
    return CannotLog(status);
  }
  auto grants = GrantStore::Open(GrantsDirectory(around_.state), around_.workspace);
  if (!grants.ok()) return Complain(kExitPolicy, FromAbsl(grants.status().message()));
  grants_.emplace(*std::move(grants));
  return 0;
}

int SandboxRun::StartLog() {
  auto log = AuditLog::Create(paths_.events, info_);
  if (!log.ok()) {
    EndEverything();
    return CannotLog(log.status());
  }
  log_.emplace(*std::move(log));
  return 0;
}

}  // namespace usher
