#include "supervisor/approval/question.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "policies/escape.h"
#include "policies/path_pattern.h"
#include "policies/text.h"
#include "supervisor/approval/effects.h"
#include "supervisor/approval/screen_text.h"

namespace usher {
namespace {

constexpr int kLabel = 11;  // cells before the text of a labelled line
constexpr int kNarrowest = 40;
constexpr int kObjectLines = 4;  // of an object longer than that the middle is left out, never its last part
constexpr size_t kMostNames = 4;

std::string Repeat(std::string_view sign, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += sign;
  return text;
}

// Who is shown as the one that asks: the name of the process, and without it that of the program.
std::string NameOf(const Subject& subject) {
  if (!subject.chain.empty()) return subject.chain.back();
  return subject.exe.empty() ? "a program" : std::string(BaseName(subject.exe));
}

// A word of a command line; quoted where the shell would need it, so that two words never look like one.
std::string Word(std::string_view argument) {
  std::string escaped = Escape(argument);
  if (!argument.empty() && argument.find_first_of(" '\"\\$`;&|<>()*?") == std::string_view::npos) return escaped;
  return Cat("'", escaped, "'");
}

std::string CommandLine(const Subject& subject) {
  std::string line;
  for (const std::string& argument : subject.argv) line += Cat(line.empty() ? "" : " ", Word(argument));
  return line;
}

bool IsShell(std::string_view name) {
  static constexpr std::string_view kShells[] = {"sh", "bash", "dash", "zsh", "fish", "ksh", "busybox"};
  return std::find(std::begin(kShells), std::end(kShells), name) != std::end(kShells);
}

// "claude › bash › …": the ancestors without the one that asks, a run of shells as one, four names at most.
std::string Ancestry(const Subject& subject) {
  std::vector<std::string> names;
  for (size_t i = 0; i + 1 < subject.chain.size(); ++i) {
    const std::string& name = subject.chain[i];
    if (!names.empty() && IsShell(name) && IsShell(names.back())) continue;
    names.push_back(name);
  }
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names.size() > kMostNames - 1 && i == 1) {
      text += "… › ";
      i = names.size() - (kMostNames - 2);
    }
    text += Cat(CutMiddle(Escape(names[i]), 20), " › ");
  }
  return text;
}

std::string FoldHome(std::string_view path, std::string_view home) {
  if (!home.empty() && LiesBeneath(path, home)) {
    return Cat("~", path.substr(home.size()));
  }
  return std::string(path);
}

std::string Clock(std::chrono::seconds left) {
  const auto seconds = left.count();
  if (seconds < 3600) return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
  return absl::StrFormat("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string AddressesOf(const Operation& operation) {
  const auto* net = std::get_if<NetOperation>(&operation);
  return net == nullptr ? "" : net->address.ToString();
}

// The lines as they grow.
class Page {
 public:
  explicit Page(const QuestionStyle& style) : colour_(style.colour), columns_(std::max(style.columns, kNarrowest)) {}

  int columns() const { return columns_; }
  int text_columns() const { return columns_ - kLabel; }

  void Blank() { lines_.emplace_back(); }

  void Rule(std::string_view left, std::string_view right, std::string_view sign) {
    const std::string text = Cat(sign, sign, left, left.empty() ? "" : " ");
    const std::string end = right.empty() ? "" : Cat(" ", right, " ", sign, sign);
    const int room = std::max(0, columns_ - DisplayWidth(text) - DisplayWidth(end));
    lines_.push_back(Bold(CutMiddle(Cat(text, Repeat(sign, room), end), columns_)));
  }

  // `text` is ours or escaped. The label stands before its first line.
  void Labelled(std::string_view label, std::string_view text, int most_lines = 3) {
    const std::string whole(text);
    std::vector<std::string> wrapped = WrapCells(whole, text_columns());
    if (static_cast<int>(wrapped.size()) > most_lines) {
      wrapped = WrapCells(CutMiddle(whole, text_columns() * most_lines - most_lines * 8), text_columns());
    }
    for (size_t i = 0; i < wrapped.size(); ++i) {
      const std::string head = i == 0 ? Cat("  ", label) : "";
      lines_.push_back(Cat(head, Repeat(" ", kLabel - DisplayWidth(head)), Marked(wrapped[i])));
    }
  }

  void Plain(std::string_view text) {
    for (const std::string& line : WrapCells(text, columns_ - 2)) lines_.push_back(Cat("  ", Marked(line)));
  }

  // What is decided on: by itself, and whole.
  void Object(std::string_view raw) {
    const int room = columns_ - 4;
    std::vector<std::string> wrapped = WrapCells(Escape(raw), room);
    if (static_cast<int>(wrapped.size()) > kObjectLines)
      wrapped = WrapCells(EscapeToWidth(raw, room * kObjectLines), room);
    for (const std::string& line : wrapped) lines_.push_back(Cat("    ", Bold(Marked(line))));
  }

  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  std::string Bold(std::string_view text) const {
    return colour_ ? Cat("\x1b[1m", text, "\x1b[0m") : std::string(text);
  }
  std::string Marked(std::string_view escaped) const { return colour_ ? MarkEscapes(escaped) : std::string(escaped); }

  bool colour_;
  int columns_;
  std::vector<std::string> lines_;
};

bool Offers(const PromptRequest& request, GrantLife life) {
  return std::find(request.lives.begin(), request.lives.end(), life) != request.lives.end();
}

void AddHeader(Page& page, const PromptRequest& request, const QuestionView& view) {
  const bool dangerous = IsDangerous(request.decision.risk);
  std::string right;
  if (request.waiting > 1) right = Cat(request.waiting - 1, " more waiting");
  const std::string_view sign = dangerous ? "▓" : "━";
  const std::string clock = view.left ? Clock(*view.left) : "no countdown";
  right += Cat(right.empty() ? "" : Cat(" ", sign, " "), clock);
  page.Rule(Cat(" usher ", sign, sign, " ", TitleOf(request.operation, request.decision.risk)), right, sign);
}

void AddSubject(Page& page, const PromptRequest& request, const QuestionView& view, const QuestionStyle& style) {
  const Subject& subject = request.subject;
  std::string command = CommandLine(subject);
  if (command.empty()) command = Escape(NameOf(subject));
  page.Labelled("who", Cat(Ancestry(subject), command), 2);
  std::string where =
      Cat(Escape(subject.exe), " · in ", Escape(FoldHome(subject.cwd, style.home)), " · pid ", subject.pid);
  page.Labelled("", where, 2);
  std::string held = view.waited.count() > 0 ? Cat("waiting ", view.waited.count(), " s") : "";
  if (request.held_calls > 1) held += Cat(held.empty() ? "" : " · ", request.held_calls, " calls held");
  if (view.left) held += Cat(held.empty() ? "" : " · ", "denied within ", Clock(*view.left), " if unanswered");
  if (!held.empty()) page.Labelled("", held);
}

bool IsForWriting(const std::vector<Scope>& ladder) {
  const auto* file = ladder.empty() ? nullptr : std::get_if<FileScope>(&ladder.front());
  return file != nullptr && file->use == FileUse::kWrite;
}

void AddReason(Page& page, const PromptRequest& request) {
  const std::string source = request.decision.source.empty() ? "" : Cat(" (", Escape(request.decision.source), ")");
  page.Labelled("why now",
                Cat(request.decision.rule.empty() ? "no rule covers it" : Escape(request.decision.rule), source), 2);
  page.Labelled("if yes", EffectOf(request.operation, request.decision.risk), 3);
  // One right covers all that changes a file, whatever is asked for now.
  if (IsForWriting(request.ladder) && Offers(request, GrantLife::kSession)) {
    page.Labelled("", "for longer than once: it may be changed, replaced and removed as well", 2);
  }
}

void AddScope(Page& page, const PromptRequest& request, const QuestionView& view) {
  if (request.ladder.size() < 2) return;
  const size_t step = std::min(view.scope, request.ladder.size() - 1);
  page.Blank();
  const std::string scope = Escape(ToString(request.ladder[step]));
  page.Labelled("for", Cat("‹ ", scope, " ›  ", step + 1, " of ", request.ladder.size(), ", ← → change"), kObjectLines);
  const int others = step < request.also_covers.size() ? request.also_covers[step] : 0;
  if (others > 0)
    page.Labelled("", Cat("also covers ", others, " of the ", request.waiting - 1, " other waiting requests"));
}

void AddChoices(Page& page, const PromptRequest& request, const QuestionView& view) {
  const bool dangerous = IsDangerous(request.decision.risk);
  std::string allow;
  if (view.word.empty()) {
    allow = "o once";
    if (Offers(request, GrantLife::kSession)) allow += "     s this session";
    if (Offers(request, GrantLife::kProject)) allow += "     p this project, until unused for 90 days";
  }
  const std::string deny =
      Cat("d deny", dangerous ? " (recommended)" : "", "     D deny for this session, stop asking");
  if (dangerous) {
    page.Plain(deny);
    if (!allow.empty()) page.Plain(allow);
  } else {
    page.Plain(allow);
    page.Plain(deny);
  }
  page.Plain("w details     k stop the agent     ? help");
  if (!view.word.empty()) {
    page.Plain(Cat("to allow this single time, type the word   ", view.word, "   and press Enter: ", view.typed, "_"));
  }
}

void AddDetails(Page& page, const PromptRequest& request) {
  const std::string object = ObjectOf(request.operation);
  page.Blank();
  page.Labelled("kind", Cat(KindOf(request.operation), ", risk ", ToString(request.decision.risk)));
  page.Labelled("object", Escape(object), 100);
  if (Escape(object) != object) page.Labelled("bytes", absl::BytesToHexString(object), 100);
  if (const std::string address = AddressesOf(request.operation); !address.empty()) page.Labelled("address", address);
  if (const auto* exec = std::get_if<ExecOperation>(&request.operation); exec != nullptr) {
    if (!exec->interpreter.empty()) page.Labelled("run by", Escape(exec->interpreter));
    for (size_t i = 0; i < exec->argv.size(); ++i) page.Labelled(Cat("new[", i, "]"), Escape(exec->argv[i]), 4);
  }
  for (size_t i = 0; i < request.subject.argv.size(); ++i) {
    page.Labelled(Cat("arg[", i, "]"), Escape(request.subject.argv[i]), 4);
  }
  std::string chain;
  for (const std::string& name : request.subject.chain) chain += Cat(chain.empty() ? "" : " › ", Escape(name));
  if (!chain.empty()) page.Labelled("chain", chain);
  page.Labelled("folder", Escape(request.subject.cwd), 4);
  page.Labelled("process", Cat("pid ", request.subject.pid, ", thread ", request.subject.tid, ", started at tick ",
                               request.subject.start_ticks));
  for (size_t i = 0; i < request.ladder.size(); ++i)
    page.Labelled(Cat("step ", i + 1), Escape(ToString(request.ladder[i])), 4);
  page.Labelled("answer to", Cat(request.id, " ", Escape(request.digest)));
}

void AddHelp(Page& page, const PromptRequest& request) {
  page.Blank();
  page.Plain("Nothing happens until you answer. No answer in time is a no, this once, not remembered.");
  page.Plain("once: this call and its equals that wait now. this session: until the agent ends, in memory only.");
  if (Offers(request, GrantLife::kProject)) {
    page.Plain(
        "this project: kept on disk outside the repository; `usher grants` lists it, `usher revoke ID` takes it back.");
  }
  page.Plain("D refuses the same for this session without asking again. k ends the agent and all it started.");
  page.Plain("A name in which a character could mislead is shown with that character written as \\u{HEX} or \\xHH");
}

// "npm to read ", for the line that stays; of what was granted, the right and not the one deed that was asked for.
std::string Short(const PromptRequest& request, bool granted = false) {
  std::string_view verb = VerbOf(request.operation);
  if (verb.starts_with("wants to ")) verb.remove_prefix(9);
  if (granted && IsForWriting(request.ladder)) verb = "change, replace and remove";
  return Cat(Escape(NameOf(request.subject)), " to ", verb, " ");
}

// One line: the words are ours and short, so the object gives way, but not its last part.
std::string OneLine(std::string_view before, std::string_view raw_object, std::string_view after,
                    const QuestionStyle& style) {
  const int columns = std::max(style.columns, kNarrowest);
  const int room = columns - DisplayWidth(before) - DisplayWidth(after);
  std::string object = EscapeToWidth(raw_object, std::max(room, 20));
  if (DisplayWidth(object) > room) object = CutMiddle(object, std::max(room, 20));
  return Cat(before, style.colour ? MarkEscapes(object) : object, after);
}

}  // namespace

std::vector<std::string> RenderQuestion(const PromptRequest& request, const QuestionView& view,
                                        const QuestionStyle& style) {
  Page page(style);
  AddHeader(page, request, view);
  page.Plain(Cat(CutMiddle(Escape(NameOf(request.subject)), 30), " ", VerbOf(request.operation)));
  page.Blank();
  const std::string object = ObjectOf(request.operation);
  page.Object(object);
  page.Blank();
  const std::string_view asked = AskedAs(request.operation);
  if (!asked.empty() && asked != object) page.Labelled("asked as", Escape(asked), 3);
  AddSubject(page, request, view, style);
  AddReason(page, request);
  AddScope(page, request, view);
  if (view.details) AddDetails(page, request);
  if (view.help) AddHelp(page, request);
  page.Blank();
  AddChoices(page, request, view);
  page.Rule(Cat(" Enter does nothing · held until you answer", view.left ? " or time is up" : ""), "",
            IsDangerous(request.decision.risk) ? "▓" : "━");
  return page.Take();
}

std::string RenderOutcome(const PromptRequest& request, const Outcome& outcome, const QuestionStyle& style) {
  const std::string before = Cat("usher: ", outcome.allow ? "allowed " : "denied ", Short(request, !outcome.grant.empty()));
  std::string after;
  switch (outcome.life) {
    case GrantLife::kOnce:
      after = ", this once";
      break;
    case GrantLife::kSession:
      after = ", this session";
      break;
    case GrantLife::kProject:
      after = ", this project";
      break;
  }
  if (!outcome.also.empty()) after += Cat(", with ", outcome.also.size(), " more");
  if (!outcome.grant.empty()) after += Cat(" · undo: usher revoke ", outcome.grant);
  // What was granted may be wider than what was asked: that is what stays, and what can be taken back.
  return OneLine(before, outcome.grant.empty() ? ObjectOf(request.operation) : ToString(outcome.scope), after, style);
}

std::string RenderWithdrawn(const PromptRequest& request, std::string_view reason, const QuestionStyle& style) {
  return OneLine(Cat("usher: no longer asked: ", Short(request)), ObjectOf(request.operation),
                 Cat(" · ", Escape(reason)), style);
}

}  // namespace usher
