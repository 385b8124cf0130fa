// The JSON lines of an approver program, as values: what it may say to us, and what we say to it. Pure.
// One frame a line. For whoever writes such a program: docs/howto/approver.md.

#ifndef USHER_SUPERVISOR_APPROVAL_APPROVER_FRAMES_H_
#define USHER_SUPERVISOR_APPROVAL_APPROVER_FRAMES_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "supervisor/approval/prompter.h"

namespace usher {

// ---- from the program ----

struct DecisionFrame {
  std::string id;
  std::string option;                // "once", "session", "project", "deny", "deny-session", "stop"
  std::optional<std::string> scope;  // one of the request's ladder, word for word; absent: the narrowest
  std::string digest;
  std::string note;
};
struct HelloFrame {
  std::string approver;
};
struct PingFrame {};
using ApproverFrame = std::variant<DecisionFrame, HelloFrame, PingFrame>;

// `line` is without its newline and may hold anything at all.
absl::StatusOr<ApproverFrame> ParseApproverFrame(std::string_view line);

// What the decision means for this request. An option or a scope that was not offered is a deny.
Answer ToAnswer(const DecisionFrame& decision, const PromptRequest& request, std::string_view by);

// ---- to the program; each with its newline ----

std::string HelloLine(std::string_view session, std::string_view nonce);
std::string RequestLine(const PromptRequest& request, std::chrono::milliseconds left);
std::string UpdateLine(const PromptRequest& request);  // more or fewer calls wait for the same answer
std::string ResolvedLine(const Outcome& outcome);
std::string WithdrawnLine(std::string_view id, std::string_view reason);
std::string NoticeLine(std::string_view text);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_APPROVER_FRAMES_H_
