// A program as the channel: `--approver PROG` gets questions as JSON lines on its standard input and answers on its
// standard output (approver_frames.h). A chat bridge, a phone, a company's service, a test.

#ifndef USHER_SUPERVISOR_APPROVAL_PROGRAM_PROMPTER_H_
#define USHER_SUPERVISOR_APPROVAL_PROGRAM_PROMPTER_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/approval/approver_frames.h"
#include "supervisor/approval/line_pipe.h"
#include "supervisor/approval/prompter.h"
#include "supervisor/kernel/event_loop.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

class ProgramPrompter : public Prompter {
 public:
  struct Options {
    std::vector<std::string> command;                   // program (looked up in PATH) and its arguments
    std::string session;                                // for its information
    std::chrono::milliseconds ping{15000};              // a program that pinged once must say something this often
    std::function<void(const std::string&)> on_notice;  // its faults, for a person; already escaped
  };

  // Starts the program in a process group of its own, outside the sandbox, with standard error shared. NotFound when
  // there is no such program.
  static absl::StatusOr<std::unique_ptr<ProgramPrompter>> Start(EventLoop& loop, Options options);
  ~ProgramPrompter() override;  // ends the program

  std::string_view name() const override { return name_; }
  bool Live() const override { return pipe_ != nullptr; }
  void Show(const PromptRequest& request, OnAnswer on_answer) override;
  void Withdraw(std::string_view request_id, std::string_view reason) override;
  void Resolved(const Outcome& outcome) override;
  bool Notice(std::string_view text) override;

  pid_t pid() const { return pid_; }

 private:
  struct Shown {
    PromptRequest request;
    OnAnswer on_answer;
  };

  ProgramPrompter(EventLoop& loop, Options options);
  absl::Status Spawn();
  void OnLine(std::string_view line);
  void OnDecision(const DecisionFrame& decision);
  void Gone(std::string_view why);
  void AwaitPing();

  EventLoop& loop_;
  Options options_;
  std::string name_;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  std::unique_ptr<LinePipe> pipe_;  // null once the program is gone
  std::map<std::string, Shown, std::less<>> shown_;
  EventLoop::TimerId ping_timer_ = 0;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_PROGRAM_PROMPTER_H_
