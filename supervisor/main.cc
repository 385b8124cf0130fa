// usher: the command line. Every verb is a function elsewhere; here its options are read.

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "supervisor/result.h"
#include "supervisor/sandbox.h"

namespace usher {
namespace {

int Main(int argc, char** argv) {
  CLI::App app{"Runs a command where it can reach only what the policy allows or you allow when asked."};
  app.name("usher");
  app.require_subcommand(1);
  app.set_version_flag("--version", "usher 0.1.0");
  app.footer("`usher run -- COMMAND` needs no configuration. `usher doctor` says what this host enforces.");

  RunOptions run;
  CLI::App* run_command = app.add_subcommand("run", "run a command in the sandbox");
  run_command->add_option("command", run.command, "the command and its arguments")->required();
  run_command->positionals_at_end();
  run_command->add_option("--policy", run.policy, "policy file, instead of ~/.config/usher/policy.toml");
  run_command->add_option("--workspace", run.workspace, "what may be written, instead of the repository around here");
  run_command->add_option("--approver", run.approver, "program that answers questions (JSON lines)");
  run_command->add_option("--receipt", run.receipt, "write the receipt to this file too; - for standard error");
  run_command->add_flag("--unattended", run.unattended, "ask nobody: what would be asked is denied");
  run_command->add_flag("-q,--quiet", run.quiet, "no banner, no closing line");
  run_command->add_option("--fail-on", run.fail_on, "exit 77 when something was asked or denied: never, ask, deny")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, FailOn>{{"never", FailOn::kNever}, {"ask", FailOn::kAsk}, {"deny", FailOn::kDeny}}));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kExitUsher;
  }
  if (run_command->parsed()) return RunSandbox(run);
  return kExitUsher;
}

}  // namespace
}  // namespace usher

int main(int argc, char** argv) { return usher::Main(argc, argv); }
