// Build tool: writes docs/syscalls.md, the table of system calls as people read it. syscalls_page > docs/syscalls.md

#include <seccomp.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "policies/text.h"
#include "supervisor/syscalls/row.h"

namespace usher {
namespace {

constexpr std::string_view kOpening = R"(# System calls

<!-- Written by `make docs` from supervisor/syscalls/table.cc and native.h. Do not edit. -->

What the filter does with every call, and what happens to those it holds. A call that is named nowhere here fails with
`ENOSYS`, and so does one whose number the libseccomp of the build does not know (—). Other architectures and x32 are killed.
)";

// A number, or what stands for none: the architecture has no such call, or libseccomp does not know it yet.
std::string NumberOn(uint32_t arch, std::string_view name) {
  const int nr = seccomp_syscall_resolve_name_arch(arch, std::string(name).c_str());
  return nr < 0 ? "—" : Concat(nr);
}

std::string ErrnoName(int error) {
  return error == 0 ? "success, and nothing is done" : Concat("`", strerrorname_np(error), "`");
}

std::string Outcome(Treatment treatment, int error) {
  switch (treatment) {
    case Treatment::kNative:
      return "native";
    case Treatment::kMediated:
      return "held";
    case Treatment::kRefused:
      return ErrnoName(error);
  }
  return "";
}

// "argument 2 is `TIOCSTI`: `EPERM`".
std::string InWords(const ArgTest& test) {
  const std::string_view verb = test.compare == ArgTest::Compare::kAnyBit ? "has" : "is";
  return Concat("argument ", test.arg + 1, " ", verb, " `", test.word, "`: ", Outcome(test.then, test.error));
}

// All tests in their order, those with the same outcome together, and what is left.
std::string Arguments(const Row& row) {
  std::string text = row.gate ? "only reads, and is marked by the gate: native below a floor" : "";
  for (size_t i = 0; i < row.tests.size(); ++i) {
    const ArgTest& test = row.tests[i];
    const ArgTest* before = i == 0 ? nullptr : &row.tests[i - 1];
    const bool same = before != nullptr && before->arg == test.arg && before->compare == test.compare &&
                      before->then == test.then && before->error == test.error;
    if (same) {
      const std::string end = Concat(": ", Outcome(test.then, test.error));
      text.resize(text.size() - end.size());
      AppendTo(text, ", `", test.word, "`", end);
    } else {
      AppendTo(text, text.empty() ? "" : "; ", InWords(test));
    }
  }
  return text.empty() ? text : Concat(text, "; else: ", Outcome(row.treatment, row.error));
}

std::string HowDone(AllowBy by) {
  switch (by) {
    case AllowBy::kNothing:
      return "";
    case AllowBy::kOpen:
      return "Usher opens the object that was judged and hands the descriptor over";
    case AllowBy::kMakeDirectory:
    case AllowBy::kMakeNode:
    case AllowBy::kSymbolicLink:
      return "Usher makes the name in the directory that was judged";
    case AllowBy::kRemove:
      return "Usher removes the name from the directory that was judged";
    case AllowBy::kRename:
      return "Usher renames between the directories that were judged";
    case AllowBy::kLink:
      return "Usher links the object that was judged into the directory that was judged";
    case AllowBy::kChangeMode:
    case AllowBy::kChangeOwner:
    case AllowBy::kSetTimes:
    case AllowBy::kSetXattr:
    case AllowBy::kRemoveXattr:
    case AllowBy::kTruncate:
      return "Usher changes the object that was judged";
    case AllowBy::kWatch:
      return "Usher adds the object that was judged to the caller's own inotify descriptor";
    case AllowBy::kExec:
      return "the kernel runs it, and what runs is checked at the exec stop";
    case AllowBy::kConnect:
      return "Usher connects a duplicate of the socket to the address that was judged";
    case AllowBy::kBind:
      return "Usher binds a duplicate of the socket to the address that was judged";
    case AllowBy::kListen:
      return "Usher listens on a duplicate of the socket";
    case AllowBy::kSend:
    case AllowBy::kSendMessage:
    case AllowBy::kSendMessages:
      return "Usher sends its copy of the message to the address that was judged";
    case AllowBy::kSignalByDescriptor:
      return "Usher signals by a duplicate of the descriptor";
    case AllowBy::kSetLinger: return "the option is set on a duplicate of the socket, without the waiting";
    case AllowBy::kSocketName:
    case AllowBy::kPeerName:
      return "Usher writes the name";
    case AllowBy::kContinue:
      return "the kernel runs it";
  }
  return "";
}

std::string Joined(std::string_view first, std::string_view second) {
  return Concat(first, first.empty() || second.empty() ? "" : "; ", second);
}

void PrintLine(const std::string& line) { std::printf("%s\n", line.c_str()); }

void PrintTable(std::string_view title, std::string_view head, const std::function<bool(const Row&)>& belongs,
                const std::function<std::string(const Row&)>& cells) {
  size_t columns = 0;
  for (const char c : head) columns += c == '|' ? 1 : 0;
  std::string rule = "|";
  for (size_t i = 0; i < columns + 2; ++i) rule += "---|";
  PrintLine(Concat("\n## ", title, "\n\n| call | x86-64 | aarch64 ", head, "\n", rule));
  for (const Row& row : Table()) {
    if (!belongs(row)) continue;
    PrintLine(Concat("| `", row.name, "` | ", NumberOn(SCMP_ARCH_X86_64, row.name), " | ",
                     NumberOn(SCMP_ARCH_AARCH64, row.name), " ", cells(row)));
  }
}

void PrintPage() {
  std::printf("%.*s", static_cast<int>(kOpening.size()), kOpening.data());
  const auto held = [](const Row& row) { return row.allow_by != AllowBy::kNothing; };
  const auto refused = [](const Row& row) {
    return row.allow_by == AllowBy::kNothing && row.treatment == Treatment::kRefused && row.tests.empty();
  };
  const auto native = [](const Row& row) { return row.treatment == Treatment::kNative && row.tests.empty(); };
  const auto rest = [&](const Row& row) { return !held(row) && !refused(row) && !native(row); };
  PrintTable("Held, judged, and done if allowed", "| in the filter | an allowed one | why |", held, [](const Row& row) {
    return Concat("| ", Arguments(row), " | ", HowDone(row.allow_by), " | ", Joined(row.continue_reason, row.note),
                  " |");
  });
  PrintTable("Decided by the filter alone", "| in the filter | why |", rest,
             [](const Row& row) { return Concat("| ", Arguments(row), " | ", row.note, " |"); });
  PrintTable("Refused", "| fails with | why |", refused,
             [](const Row& row) { return Concat("| ", ErrnoName(row.error), " | ", row.note, " |"); });
  PrintTable("Left to the kernel", "|", native, [](const Row&) { return std::string("|"); });
}

}  // namespace
}  // namespace usher

int main() {
  usher::PrintPage();
  return std::fflush(stdout) == 0 ? 0 : 1;
}
