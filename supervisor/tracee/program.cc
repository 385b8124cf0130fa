#include "supervisor/tracee/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

constexpr size_t kHead = 256;        // BINPRM_BUF_SIZE since 5.1
constexpr int kMaxInterpreters = 5;  // fs/exec.c: exec_binprm

absl::Status CheckExecutable(const Resolved& file) {
  if (!S_ISREG(file.status.st_mode)) return ErrnoStatus(file.path, EACCES);
  if (faccessat(file.object.get(), "", X_OK, AT_EACCESS | AT_EMPTY_PATH) == 0) return absl::OkStatus();
  // Where the kernel or somebody's filter does not know faccessat2(2) (5.8), glibc looks at the mode, and wants a name.
  if (errno == EINVAL && faccessat(AT_FDCWD, DescriptorName(file.object.get()).c_str(), X_OK, AT_EACCESS) == 0) {
    return absl::OkStatus();
  }
  return ErrnoStatus(file.path);
}

// What an interpreter is to open: fs/exec.c, alloc_bprm.
std::string NameForInterpreter(const NameArgument& name) {
  if (name.dirfd == AT_FDCWD || name.text.starts_with('/')) return name.text;
  return name.text.empty() ? Concat("/dev/fd/", name.dirfd) : Concat("/dev/fd/", name.dirfd, "/", name.text);
}

}  // namespace

ScriptLine ScriptLineOf(std::string_view head) {
  constexpr std::string_view kBlanks = " \t", kEnds = std::string_view(" \t\0", 3);
  head = head.substr(0, kHead);
  if (head.substr(0, 2) != "#!") return {};
  head.remove_prefix(2);
  head = head.substr(0, head.find('\n'));
  const size_t start = head.find_first_not_of(kBlanks);
  if (start == head.npos) return {};
  head.remove_prefix(start);
  ScriptLine line;
  const size_t end = std::min(head.find_first_of(kEnds), head.size());
  line.interpreter = head.substr(0, end);
  head.remove_prefix(end);
  head = head.substr(0, head.find('\0'));
  const size_t first = head.find_first_not_of(kBlanks);
  if (first != head.npos) line.argument = head.substr(first, head.find_last_not_of(kBlanks) + 1 - first);
  return line;
}

absl::StatusOr<Program> LocateProgram(const NameArgument& name, const Resolver& resolver) {
  Program program;
  USHER_ASSIGN_OR_RETURN(program.file, resolver.Object(name, name.kind == NameKind::kObject));
  USHER_RETURN_IF_ERROR(CheckExecutable(program.file));
  program.image_device = program.file.status.st_dev;
  program.image_inode = program.file.status.st_ino;
  program.image_path = program.file.path;

  // Follow "#!" as the kernel will. A file that we may run but not read is a binary to us; should it be a script after
  // all, the check at the exec event finds another image than expected, and the process ends. One that merely cannot be
  // read now is no binary: its interpreter would not be judged.
  int file = program.file.object.get();
  for (int i = 0;; ++i) {
    auto readable = Reopen(file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (ErrnoOf(readable.status()) == EACCES) return program;
    if (!readable.ok()) return readable.status();
    char head[kHead];
    const ssize_t got = pread(readable->get(), head, sizeof(head), 0);
    if (got < 0) return ErrnoStatus("pread");
    const ScriptLine line = ScriptLineOf(std::string_view(head, static_cast<size_t>(got)));
    if (line.interpreter.empty()) return program;
    if (i == kMaxInterpreters) return ErrnoStatus(name.text, ELOOP);
    USHER_ASSIGN_OR_RETURN(Resolved interpreter, resolver.Object({.text = line.interpreter}, /*follow=*/true));
    USHER_RETURN_IF_ERROR(CheckExecutable(interpreter));
    program.interpreters.push_back(interpreter.path);
    program.image_device = interpreter.status.st_dev;
    program.image_inode = interpreter.status.st_ino;
    program.image_path = interpreter.path;
    // The script is handed on by the name that it was started with, each interpreter by the name in its line.
    if (program.script_words.empty()) program.script_words.push_back(NameForInterpreter(name));
    if (!line.argument.empty()) program.script_words.insert(program.script_words.begin(), line.argument);
    program.script_words.insert(program.script_words.begin(), line.interpreter);
    program.interpreter_object = std::move(interpreter.object);
    file = program.interpreter_object.get();
  }
}

}  // namespace usher
