// An answer that is to hold for longer than one call, turned into a grant, with the proof that it works: the same
// request, judged again, must come out as the person was told it would. A grant that does not do that is not kept.

#ifndef USHER_SUPERVISOR_APPROVAL_KEPT_ANSWER_H_
#define USHER_SUPERVISOR_APPROVAL_KEPT_ANSWER_H_

#include <functional>
#include <string>

#include "policies/decision.h"
#include "policies/grant.h"
#include "policies/operation.h"
#include "supervisor/approval/grant_store.h"
#include "supervisor/approval/prompter.h"

namespace usher {

struct KeptAnswer {
  std::string grant;  // its id; empty when nothing is kept
  GrantLife life = GrantLife::kOnce;
  std::string notice;  // why an answer that should have been kept was not, for the person
};

// `answer` fits the request (binding.h) and is an allow for a session or a project, or a denial for a session; anything
// else is not kept, and that is no cause for a notice.
KeptAnswer KeepAnswer(const PromptRequest& request, const Answer& answer, GrantStore& grants,
                      const std::function<Decision(const Operation&)>& judge);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_KEPT_ANSWER_H_
