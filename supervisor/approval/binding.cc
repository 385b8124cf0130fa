#include "supervisor/approval/binding.h"

#include <algorithm>
#include <string_view>

#include "policies/text.h"
#include "supervisor/approval/sha256.h"

namespace usher {
namespace {

// Fields with their lengths: no two lists of fields give the same text.
class Fields {
 public:
  void Add(std::string_view field) { text_ += Cat(field.size(), ":", field, ","); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool CarriesSubtree(const Operation& operation) {
  const auto* file = std::get_if<FileOperation>(&operation);
  return file != nullptr && file->carries_subtree;
}

}  // namespace

std::string QuestionKey(const Operation& operation, const Subject& subject, const Decision& decision) {
  Fields fields;
  fields.Add(KindOf(operation));
  fields.Add(ObjectOf(operation));
  fields.Add(subject.exe);
  // The same object may be judged by another rule when more is done to it; a yes to the lesser is no yes to the
  // greater.
  fields.Add(ToString(decision.risk));
  fields.Add(CarriesSubtree(operation) ? "subtree" : "");
  return fields.text();
}

std::vector<GrantLife> LivesFor(Risk risk) {
  switch (risk) {
    case Risk::kOrdinary:
    case Risk::kNetwork:
      return {GrantLife::kOnce, GrantLife::kSession, GrantLife::kProject};
    case Risk::kRunsLater:
    case Risk::kEscape:
      return {GrantLife::kOnce, GrantLife::kSession};
    case Risk::kSecret:
      return {GrantLife::kOnce};
  }
  return {GrantLife::kOnce};
}

std::string DigestOf(const PromptRequest& request) {
  Fields fields;
  fields.Add(KindOf(request.operation));
  fields.Add(ObjectOf(request.operation));
  fields.Add(AskedAs(request.operation));
  fields.Add(request.subject.exe);
  fields.Add(Cat(request.subject.argv.size()));
  for (const std::string& argument : request.subject.argv) fields.Add(argument);
  fields.Add(Cat(request.ladder.size()));
  for (const Scope& scope : request.ladder) fields.Add(ToString(scope));
  for (const GrantLife life : request.lives) fields.Add(ToString(life));
  return Cat("sha256:", Sha256Hex(fields.text()));
}

Answer FittingAnswer(const PromptRequest& request, const Answer& answer) {
  const auto offered = [&](GrantLife life) {
    return std::find(request.lives.begin(), request.lives.end(), life) != request.lives.end();
  };
  // Stopping the agent needs no binding: whoever may answer at all may stop it.
  const bool bound = answer.digest == request.digest && answer.request == request.id;
  const bool fits =
      bound && answer.scope < request.ladder.size() && (answer.choice != Choice::kAllow || offered(answer.life));
  if (fits || answer.choice == Choice::kStopAgent) return answer;
  Answer deny = answer;
  deny.choice = Choice::kDeny;
  deny.life = GrantLife::kOnce;
  deny.scope = 0;
  return deny;
}

}  // namespace usher
