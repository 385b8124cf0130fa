// usher: the command line. Every verb is a function elsewhere; here its options are read.

#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/escape.h"
#include "policies/parser.h"
#include "policies/ruleset.h"
#include "policies/text.h"
#include "supervisor/cli/doctor_command.h"
#include "supervisor/cli/grants_command.h"
#include "supervisor/cli/log_command.h"
#include "supervisor/cli/output.h"
#include "supervisor/cli/policy_command.h"
#include "supervisor/cli/receipt_command.h"
#include "supervisor/confine/host_probe.h"
#include "supervisor/policy_layers.h"
#include "supervisor/result.h"
#include "supervisor/sandbox.h"
#include "supervisor/surroundings.h"

namespace usher {
namespace {

constexpr char kVersion[] = "usher 0.1.0";

// What every verb but run needs to know, or the exit code of not knowing it.
std::optional<Surroundings> LookAroundOrComplain(const std::string& workspace, int* code) {
  auto around = LookAround(workspace);
  if (around.ok()) return *std::move(around);
  *code = Complain(kExitUsher, FromAbsl(around.status().message()));
  return std::nullopt;
}

// An option that takes one of these words. What CLI11 has for it names the numbers behind them to the person as well.
template <typename T>
CLI::Validator OneOf(std::vector<std::pair<std::string, T>> words) {
  CLI::Validator one_of(
      [words](std::string& given) {
        std::string all;
        for (const auto& [word, value] : words) {
          const std::string number = Concat(static_cast<int>(value));
          if (given == word || given == number) {
            given = number;
            return std::string();
          }
          AppendTo(all, all.empty() ? "" : ", ", word);
        }
        return Concat("\"", given, "\" is none of: ", all);
      },
      "");
  return one_of;
}

// The verbs, each with the options it was given. Run by the one that was parsed.
class CommandLine {
 public:
  // `verb` is the first word, as far as it is known. The usual one does not wait for the others to be described.
  explicit CommandLine(std::string_view verb)
      : app_("Runs a command where it can reach only what the policy allows, or you allow when asked.") {
    app_.name("usher");
    app_.require_subcommand(1);
    app_.set_version_flag("--version", kVersion);
    app_.footer(
        "`usher run -- COMMAND` needs no configuration; `usher doctor` says what this host enforces.\n"
        "Exit codes of run: the command's own; 69 the host lacks something, 77 --fail-on, 78 policy, 125 usher,\n"
        "126 the command may not run, 127 it does not exist, 128+n it was ended by signal n.");
    AddRun();
    if (verb == "run") return;
    AddRecords();
    AddGrants();
    AddPolicy();
    AddDoctor();
  }

  int Parse(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    if (!words.empty() && words.front() == "help") {  // `usher help run`
      words.erase(words.begin());
      words.emplace_back("--help");
    }
    if (!words.empty() && !words.front().starts_with('-') && !IsVerb(words.front())) return NoSuchVerb(words.front());
    std::reverse(words.begin(), words.end());  // as the parser takes them
    try {
      app_.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : kExitUsher;
    }
    return code_;
  }

 private:
  std::vector<std::string_view> Verbs() const {
    std::vector<std::string_view> verbs;
    for (const CLI::App* verb : app_.get_subcommands([](const CLI::App*) { return true; }))
      verbs.push_back(verb->get_name());
    return verbs;
  }

  bool IsVerb(std::string_view word) const {
    const auto verbs = Verbs();
    return std::find(verbs.begin(), verbs.end(), word) != verbs.end();
  }

  // A misspelt verb, or somebody who has left out the first one.
  int NoSuchVerb(const std::string& word) const {
    const std::string nearest = NearestWord(word, Verbs());
    return Complain(kExitUsher, nearest.empty()
                                    ? Concat("no command \"", Escape(word),
                                             "\"; to run it in the sandbox: usher run -- ", Escape(word))
                                    : Concat("no command \"", Escape(word), "\"; did you mean: usher ", nearest));
  }

  void AddDoctor() {
    CLI::App* doctor = app_.add_subcommand("doctor", "what this host offers, and what a run would enforce");
    doctor->add_flag("--json", doctor_.json, "for programs");
    doctor->add_flag("--strict", doctor_.strict, "anything less than everything is a refusal");
    doctor->callback([this] { code_ = ReportHost(doctor_, Probe(), stdout); });
  }

  void AddRun() {
    CLI::App* run = app_.add_subcommand("run", "run a command in the sandbox");
    run->add_option("command", run_.command, "the command and its arguments")->required();
    run->positionals_at_end();
    run->add_option("--policy", run_.policy, "policy file, instead of ~/.config/usher/policy.toml")->type_name("FILE");
    run->add_option("--workspace", run_.workspace, "what may be written, instead of the repository around here")
        ->type_name("DIRECTORY");
    run->add_option("--approver", run_.approver, "program that answers questions (JSON lines)")->type_name("PROGRAM");
    run->add_option("--receipt", run_.receipt, "write the receipt to this file too; - for standard error")
        ->type_name("FILE");
    run->add_flag("--unattended", run_.unattended, "ask nobody: what would be asked is denied");
    CLI::Option* strict = run->add_flag("--strict", run_.strict, "refuse to run (69) where this host lacks anything");
    run->add_flag("--allow-degraded", run_.allow_degraded,
                  "where no call can be judged, run with fixed limits: no questions, no record, no network")
        ->excludes(strict);
    run->add_flag("-q,--quiet", run_.quiet, "no banner, no closing line");
    run->add_flag("--gate{system}", run_.gate,
                  "let allowed reads run in the kernel, of the system, or with --gate=workspace of its files too "
                  "(SECURITY.md)")
        ->transform(OneOf<Gate>({{"system", Gate::kSystem}, {"workspace", Gate::kWide}}));
    run->add_option("--fail-on", run_.fail_on, "exit 77 when something was asked or denied: never, ask, deny")
        ->transform(OneOf<FailOn>({{"never", FailOn::kNever}, {"ask", FailOn::kAsk}, {"deny", FailOn::kDeny}}))
        ->type_name("WORD");
    run->add_option("--mechanism", run_.mechanism,
                    "how calls are held: notify, ptrace (slower), static (not at all); else the strongest there is")
        ->transform(OneOf<Mechanism>(
            {{"notify", Mechanism::kNotify}, {"ptrace", Mechanism::kPtrace}, {"static", Mechanism::kStatic}}))
        ->type_name("WORD");
    run->callback([this] { code_ = RunSandbox(run_); });
  }

  void AddRecords() {
    CLI::App* receipt = app_.add_subcommand("receipt", "what a run could reach and did");
    receipt->require_subcommand(1);
    CLI::App* show = receipt->add_subcommand("show", "print it (the latest run's, or RUN's)");
    CLI::App* verify = receipt->add_subcommand("verify", "check the log against it");
    for (CLI::App* verb : {show, verify}) verb->add_option("run", receipt_.run, "id of the run, or its beginning");
    show->add_flag("--json", receipt_.json, "the in-toto statement");
    verify->add_flag("--json", receipt_.json, "for programs");
    verify->add_option("--head", receipt_.expected_head, "the chain head as it stands elsewhere");
    show->callback([this] { WithState(&receipt_.state, [this] { return ShowReceipt(receipt_, stdout, stderr); }); });
    verify->callback(
        [this] { WithState(&receipt_.state, [this] { return VerifyReceipt(receipt_, stdout, stderr); }); });

    CLI::App* log = app_.add_subcommand("log", "what a run did, line by line");
    log->add_option("run", log_.run, "id of the run, or its beginning");
    log->add_flag("-f,--follow", log_.follow, "wait for more until the run ends");
    log->add_flag("--json", log_.json, "the lines as they are");
    log->callback([this] { WithState(&log_.state, [this] { return ShowLog(log_, stdout, stderr); }); });
  }

  void AddGrants() {
    CLI::App* grants = app_.add_subcommand("grants", "what was answered for longer than one call");
    grants->add_flag("--all", grants_.all, "of every project");
    grants->add_flag("--json", grants_.json, "for programs");
    grants->add_option("--workspace", workspace_, "of this project, instead of the one around here");
    grants->callback([this] {
      WithState(
          &grants_.state, [this] { return RunGrants(grants_); }, &grants_.workspace);
    });
    CLI::App* revoke = app_.add_subcommand("revoke", "end grants, also in runs that are under way");
    revoke->add_option("id", revoke_.ids, "ids, as `usher grants` lists them")->required();
    revoke->add_option("--workspace", workspace_, "of this project, instead of the one around here");
    revoke->callback([this] {
      WithState(
          &revoke_.state, [this] { return RevokeGrants(revoke_); }, &revoke_.workspace);
    });
  }

  void AddPolicy() {
    CLI::App* policy = app_.add_subcommand("policy", "what a run here would allow");
    policy->require_subcommand(1);
    CLI::App* show = policy->add_subcommand("show", "the policy in force, by topic");
    show->add_flag("--all", all_rules_, "every rule, with its place");
    CLI::App* check = policy->add_subcommand("check", "whether the policy files can be understood");
    check->add_option("file", policy_file_, "the same as --policy; a .usher.toml is a project's")->type_name("FILE");
    CLI::App* explain =
        policy->add_subcommand("explain", "what it says of a path, host[:port], socket or variable, and why");
    explain->add_option("what", what_, "path, host[:port], unix:PATH, @NAME or env:NAME")->required();
    for (CLI::App* verb : {show, check, explain}) {
      verb->add_option("--policy", policy_file_, "policy file, instead of ~/.config/usher/policy.toml")
          ->type_name("FILE");
      verb->add_option("--workspace", workspace_, "instead of the repository around here")->type_name("DIRECTORY");
    }
    show->callback([this] {
      WithPolicy([this](const Ruleset& rules, const Surroundings&) { return ShowPolicy(rules, all_rules_, stdout); });
    });
    check->callback([this] {
      if (BaseName(policy_file_) == kProjectFile && access(policy_file_.c_str(), F_OK) == 0) {
        // Read as what it is: it may only tighten.
        workspace_ = policy_file_.size() == kProjectFile.size()
                         ? "."
                         : policy_file_.substr(0, policy_file_.size() - kProjectFile.size());
        policy_file_.clear();
      }
      WithPolicy([](const Ruleset& rules, const Surroundings&) { return CheckPolicy(rules, stdout); });
    });
    explain->callback([this] {
      WithPolicy([this](const Ruleset& rules, const Surroundings& around) {
        return ExplainPolicy(rules, what_, {around.directory, around.home, around.runtime}, stdout, stderr);
      });
    });
  }

  template <typename Verb>
  void WithState(std::string* state, Verb verb, std::string* workspace = nullptr) {
    const auto around = LookAroundOrComplain(workspace_, &code_);
    if (!around) return;
    *state = around->state;
    if (workspace != nullptr) *workspace = around->workspace;
    code_ = verb();
  }

  template <typename Verb>
  void WithPolicy(Verb verb) {
    const auto around = LookAroundOrComplain(workspace_, &code_);
    if (!around) return;
    auto layers = ReadPolicyLayers(*around, kTemporary, policy_file_);
    if (!layers.ok()) {
      code_ = Complain(kExitPolicy, FromAbsl(layers.status().message()));
      return;
    }
    code_ = verb(Ruleset(*std::move(layers)), *around);
  }

  static constexpr std::string_view kProjectFile = ".usher.toml";
  static constexpr char kTemporary[] = "/tmp/usher-RUN";  // a run's own has a name that nobody knows beforehand

  CLI::App app_;
  RunOptions run_;
  ReceiptOptions receipt_;
  LogOptions log_;
  GrantsOptions grants_;
  RevokeOptions revoke_;
  DoctorOptions doctor_;
  std::string workspace_, policy_file_, what_;
  bool all_rules_ = false;
  int code_ = kExitUsher;
};

}  // namespace
}  // namespace usher

int main(int argc, char** argv) {
  // Not by the parser, which throws: a static program sorts all its frames then, which takes as long as to start it.
  if (argc == 2 && argv[1] == std::string_view("--version")) {
    usher::Print(stdout, usher::Concat(usher::kVersion, "\n"));
    return 0;
  }
  // Memory is asked for in few large steps, and not given back before the end.
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  // Never destroyed: the process ends here.
  static auto& line = *new usher::CommandLine(argc > 1 ? argv[1] : "");
  return line.Parse(argc, argv);
}
