// What holds for every line that an approver may send.

#ifndef USHER_TESTS_FUZZ_APPROVAL_APPROVER_FRAMES_DEMANDS_H_
#define USHER_TESTS_FUZZ_APPROVAL_APPROVER_FRAMES_DEMANDS_H_

#include <string_view>
#include <variant>

#include "supervisor/approval/approver_frames.h"
#include "supervisor/approval/binding.h"
#include "supervisor/approval/utf8.h"
#include "tests/fuzz/approval/demand.h"

namespace usher {

// No line that lacks the digest is an allow, and no allow is wider or longer than what was offered.
inline void CheckApproverLine(std::string_view line) {
  PromptRequest request{.id = "r1",
                        .operation = FileOperation{.action = FileAction::kRead, .path = "/x/\xff"},
                        .ladder = {FileScope{FileUse::kRead, "/x/\xff", false}, FileScope{FileUse::kRead, "/x", true}},
                        .lives = {GrantLife::kOnce, GrantLife::kSession}};
  request.digest = DigestOf(request);
  const auto frame = ParseApproverFrame(line);
  if (!frame.ok()) {
    USHER_DEMAND(IsUtf8(std::string_view(frame.status().message().data(), frame.status().message().size())));
    return;
  }
  const auto* decision = std::get_if<DecisionFrame>(&*frame);
  if (decision == nullptr) return;
  USHER_DEMAND(decision->note.size() <= 500);
  const Answer answer = FittingAnswer(request, ToAnswer(*decision, request, "approver:fuzz"));
  USHER_DEMAND(answer.scope < request.ladder.size() || answer.choice == Choice::kStopAgent);
  USHER_DEMAND(answer.by == "approver:fuzz");
  if (answer.choice != Choice::kAllow) return;
  USHER_DEMAND(decision->id == "r1");
  USHER_DEMAND(line.find(request.digest.substr(7)) != std::string_view::npos ||
               line.find('\\') != std::string_view::npos);
  USHER_DEMAND(answer.life != GrantLife::kProject);
}

}  // namespace usher

#endif  // USHER_TESTS_FUZZ_APPROVAL_APPROVER_FRAMES_DEMANDS_H_
