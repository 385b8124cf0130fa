// What is left of a run when its command has ended?

#include "supervisor/sandbox_run.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/audit/closing_line.h"
#include "supervisor/audit/passing_rules.h"
#include "supervisor/kernel/directory.h"
#include "supervisor/kernel/path.h"
#include "supervisor/result.h"

namespace usher {
namespace {

// Says which one is missing, and how to have it all the same.
bool IsSaved(const std::string& path, const absl::Status& saved) {
  if (saved.ok()) return true;
  Complain(0, Concat("the receipt could not be saved as ", Escape(path), ": ", FromAbsl(saved.message()),
                     "; with --receipt - a run writes it to standard error"));
  return false;
}

}  // namespace

int SandboxRun::Conclude() {
  int status = SIGKILL;  // so it is taken for, should the kernel not say
  waitpid(launched_.keeper, &status, 0);
  if (!WIFEXITED(status)) RemovePrivateTemp(temporary_);  // the keeper has, unless somebody killed it
  if (!command_ended_) end_.exit_code = 128 + SIGKILL;    // somebody killed the keeper, and with it went the command
  if (terminal_) terminal_->Drain();
  if (monitor_) end_.held_calls = monitor_->held_calls();
  monitor_.reset();
  approvals_.reset();
  workers_.reset();
  terminal_.reset();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  end_.supervisor_cpu_ms =
      (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
  end_.wall_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() - started_).count();
  (void)grants_->Flush();
  (void)log_->AppendEvent("run.end", Concat("\"exit\":", end_.exit_code), std::chrono::system_clock::now());

  SaveReceipt();
  const bool denied = !summary_->denied().empty(), asked = !summary_->asked().empty() || denied;
  const bool fails = (options_.fail_on == FailOn::kDeny && denied) || (options_.fail_on == FailOn::kAsk && asked);
  if (!fails) return end_.exit_code;
  return Complain(kExitDenied, Concat("exit ", static_cast<int>(kExitDenied), " for --fail-on; the command's own was ",
                                      end_.exit_code));
}

void SandboxRun::SaveReceipt() {
  std::vector<Grant> alive;  // session grants end with the run
  for (const Grant& grant : grants_->current()) {
    if (grant.life == GrantLife::kProject) alive.push_back(grant);
  }
  const PathSpelling spell{around_.home, around_.workspace};
  const ReceiptInput input{.run = info_,
                           .end = end_,
                           .summary = *summary_,
                           .rules = *rules_,
                           .grants_alive = std::move(alive),
                           .log_lines = log_->lines(),
                           .log_dropped = log_->dropped(),
                           .log_head = log_->head(),
                           .log_path = log_->path(),
                           .home = around_.home,
                           .passing_rules = PassingRulesFor(*summary_, *rules_, spell)};
  const std::string markdown = ReceiptMarkdown(input);
  const bool can_be_shown = IsSaved(paths_.receipt_markdown, WriteNewFile(paths_.receipt_markdown, markdown));
  bool all_saved = IsSaved(paths_.receipt_json, WriteNewFile(paths_.receipt_json, ReceiptJson(input))) && can_be_shown;
  if (receipt_place_) {
    const std::string_view leaf = std::string_view(options_.receipt).substr(options_.receipt.rfind('/') + 1);
    const std::string path = Concat(DescriptorName(receipt_place_.get()).c_str(), "/", leaf);
    all_saved = IsSaved(options_.receipt, WriteFile(path, markdown)) && all_saved;
  }
  // Whoever goes on with the receipt of a run that went well has to be told that there is none.
  if (!all_saved && end_.exit_code == 0) end_.exit_code = kExitUsher;
  if (options_.receipt == "-") {
    std::fwrite(markdown.data(), 1, markdown.size(), stderr);
    return;
  }
  const std::string line = options_.quiet ? "" : ClosingLine(*summary_, spell);
  if (line.empty()) return;
  const bool has_rules = can_be_shown && !input.passing_rules.empty();
  Complain(0, Concat(line, "; `usher ", can_be_shown ? "receipt show " : "log ", info_.id, "` has it all",
                     has_rules ? ", and the rules that would let it pass" : ""));
}

}  // namespace usher
