// What an answer is bound to: which requests are one question, which lives a question may offer, the digest that an
// answer must repeat, and whether an answer fits the question that was asked. Pure.

#ifndef USHER_SUPERVISOR_APPROVAL_BINDING_H_
#define USHER_SUPERVISOR_APPROVAL_BINDING_H_

#include <string>
#include <vector>

#include "policies/decision.h"
#include "policies/grant.h"
#include "policies/operation.h"
#include "policies/subject.h"
#include "supervisor/approval/prompter.h"

namespace usher {

// Requests with equal keys share one question.
std::string QuestionKey(const Operation& operation, const Subject& subject, const Decision& decision);

// What costs much when it goes wrong is never granted for long.
std::vector<GrantLife> LivesFor(Risk risk);

// Over the kind, the object, its spelling, the program with its arguments, the ladder and the lives.
std::string DigestOf(const PromptRequest& request);

// The answer as it counts: itself, or a plain deny when it does not fit the question (another digest, a scope or a life
// that was not offered).
Answer FittingAnswer(const PromptRequest& request, const Answer& answer);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_BINDING_H_
