// What a question is called and what a yes would mean, in words: fixed tables by kind and risk. Nothing here comes from
// a tracee, and nothing is made up by a model. Pure.

#ifndef USHER_SUPERVISOR_APPROVAL_EFFECTS_H_
#define USHER_SUPERVISOR_APPROVAL_EFFECTS_H_

#include <string_view>

#include "policies/decision.h"
#include "policies/operation.h"

namespace usher {

// Looks different on the screen and is never granted for long.
bool IsDangerous(Risk risk);

std::string_view TitleOf(const Operation& operation, Risk risk);   // "NETWORK", "SECRET"
std::string_view VerbOf(const Operation& operation);               // "wants to connect to"
std::string_view EffectOf(const Operation& operation, Risk risk);  // the "if yes" sentence

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_EFFECTS_H_
