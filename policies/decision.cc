#include "policies/decision.h"

namespace usher {

std::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return "allow";
    case Verdict::kAsk:
      return "ask";
    case Verdict::kDeny:
      return "deny";
    case Verdict::kHide:
      return "hide";
  }
  return "deny";
}

std::string_view ToString(Risk risk) {
  switch (risk) {
    case Risk::kOrdinary:
      return "ordinary";
    case Risk::kNetwork:
      return "network";
    case Risk::kRunsLater:
      return "runs-later";
    case Risk::kSecret:
      return "secret";
    case Risk::kEscape:
      return "escape";
  }
  return "escape";
}

}  // namespace usher
