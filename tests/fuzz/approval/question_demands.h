// What holds for every question, whatever a tracee calls itself, its files and its hosts.

#ifndef USHER_TESTS_FUZZ_APPROVAL_QUESTION_DEMANDS_H_
#define USHER_TESTS_FUZZ_APPROVAL_QUESTION_DEMANDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "policies/escape.h"
#include "supervisor/approval/question.h"
#include "supervisor/approval/utf8.h"
#include "tests/fuzz/approval/demand.h"

namespace usher {

// The SGR sequences that a question is made of, and no others.
inline size_t OwnSequenceLength(std::string_view text) {
  for (const std::string_view own : {"\x1b[0m", "\x1b[1m", "\x1b[7m", "\x1b[27m"}) {
    if (text.starts_with(own)) return own.size();
  }
  return 0;
}

inline void CheckLine(std::string_view line, bool colour, int columns) {
  USHER_DEMAND(IsUtf8(line));
  std::string text;
  while (!line.empty()) {
    const size_t sequence = colour ? OwnSequenceLength(line) : 0;
    if (sequence > 0) {
      line.remove_prefix(sequence);
      continue;
    }
    const Utf8Character character = DecodeUtf8(line);
    const uint32_t code = character.code_point;
    USHER_DEMAND(code >= 0x20 && !(code >= 0x7f && code < 0xa0));  // C0, DEL, C1
    USHER_DEMAND(!(code >= 0x200b && code <= 0x200f));             // zero width, marks of direction
    USHER_DEMAND(!(code >= 0x2028 && code <= 0x202e));             // separators, bidi
    USHER_DEMAND(!(code >= 0x2060 && code <= 0x206f) && code != 0xfeff);
    USHER_DEMAND(!(code >= 0xe0000 && code <= 0xe0fff));  // tags
    text += line.substr(0, character.length);
    line.remove_prefix(character.length);
  }
  USHER_DEMAND(DisplayWidth(text) <= columns);
}

// Every field that a tracee can choose is `bytes`, or the pieces of it between zero bytes.
inline void CheckQuestion(std::string_view bytes) {
  const std::string all(bytes);
  std::vector<std::string> pieces(1);
  for (const char c : bytes) {
    if (c == '\0') {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  const auto piece = [&](size_t i) { return pieces[i % pieces.size()]; };
  const Subject subject{.pid = 1, .exe = piece(0), .cwd = piece(1), .argv = pieces, .chain = pieces};
  const Operation operations[] = {
      FileOperation{.action = FileAction::kCreate, .path = "/" + piece(0), .asked = piece(1)},
      ExecOperation{.path = all, .asked = piece(1), .interpreter = piece(2), .argv = pieces},
      NetOperation{.port = 1, .names = {all}},
      UnixSocketOperation{.name = all, .asked = piece(1)},
      ProcessOperation{.action = ProcessAction::kTrace, .target = -5},
  };
  for (const Operation& operation : operations) {
    // An ordinary and a dangerous one; with all that can be shown and without; with colour and without.
    for (const Risk risk : {Risk::kNetwork, Risk::kSecret}) {
      const PromptRequest request{
          .id = "r1",
          .operation = operation,
          .decision = {.risk = risk, .rule = piece(0), .source = piece(1)},
          .subject = subject,
          .ladder = {FileScope{FileUse::kRead, all, true}, HostScope{piece(0), true, 1, false}, UnixScope{piece(1)}},
          .lives = {GrantLife::kOnce},
          .digest = piece(3),
          .waiting = 2};
      for (const bool everything : {false, true}) {
        const bool colour = everything == (bytes.size() % 2 == 0);
        const QuestionStyle style{.columns = 60, .colour = colour, .home = "/" + piece(1)};
        const QuestionView view{
            .scope = bytes.size() % 4, .details = everything, .help = everything, .word = everything ? "harbor" : ""};
        for (const std::string& line : RenderQuestion(request, view, style)) CheckLine(line, colour, 60);
        CheckLine(RenderOutcome(request, {.grant = "g1", .scope = request.ladder[0]}, style), colour, 1 << 20);
        CheckLine(RenderWithdrawn(request, all, style), colour, 1 << 20);
      }
    }
  }
}

}  // namespace usher

#endif  // USHER_TESTS_FUZZ_APPROVAL_QUESTION_DEMANDS_H_
