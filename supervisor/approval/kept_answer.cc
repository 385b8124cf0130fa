#include "supervisor/approval/kept_answer.h"

#include "policies/escape.h"
#include "policies/text.h"

namespace usher {

KeptAnswer KeepAnswer(const PromptRequest& request, const Answer& answer, GrantStore& grants,
                      const std::function<Decision(const Operation&)>& judge) {
  const bool denies = answer.choice == Choice::kDenySession;
  const bool allows = answer.choice == Choice::kAllow && answer.life != GrantLife::kOnce;
  if (!denies && !allows) return {};
  const Scope& scope = request.ladder[answer.scope];
  const auto grant = grants.Add({.allow = allows,
                                 .scope = scope,
                                 .life = denies ? GrantLife::kSession : answer.life,
                                 .by = answer.by,
                                 .why = answer.note});
  const std::string_view this_once = denies ? "denied this once only" : "allowed this once only";
  if (!grant.ok()) {
    return {.notice = Cat(this_once, ", because the answer could not be kept: ", grant.status().message())};
  }
  const Decision now = judge(request.operation);
  const bool refused = now.verdict == Verdict::kDeny || now.verdict == Verdict::kHide;
  if (denies ? refused : now.verdict == Verdict::kAllow) return {.grant = grant->id, .life = grant->life};
  grants.Revoke(grant->id).IgnoreError();
  return {.notice = Cat(this_once, ", because \"", Escape(ToString(scope)),
                        "\" would not settle the same request next time: ", Escape(now.rule), " (", Escape(now.source),
                        ") still says ", ToString(now.verdict))};
}

}  // namespace usher
