#include "supervisor/tracee/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

constexpr size_t kHead = 256;        // BINPRM_BUF_SIZE since 5.1
constexpr int kMaxInterpreters = 5;  // fs/exec.c: exec_binprm

absl::Status CheckExecutable(const Resolved& file) {
  if (!S_ISREG(file.status.st_mode)) return ErrnoStatus(file.path, EACCES);
  if (faccessat(AT_FDCWD, DescriptorName(file.object.get()).c_str(), X_OK, AT_EACCESS) < 0) return ErrnoStatus(file.path);
  return absl::OkStatus();
}

}  // namespace

std::string InterpreterOf(std::string_view head) {
  head = head.substr(0, kHead);
  if (head.substr(0, 2) != "#!") return "";
  head.remove_prefix(2);
  head = head.substr(0, head.find('\n'));
  const size_t start = head.find_first_not_of(" \t");
  if (start == head.npos) return "";
  head.remove_prefix(start);
  return std::string(head.substr(0, head.find_first_of(std::string_view(" \t\0", 3))));
}

absl::StatusOr<Program> LocateProgram(const NameArgument& name, const Resolver& resolver) {
  Program program;
  USHER_ASSIGN_OR_RETURN(program.file, resolver.Object(name, name.kind == NameKind::kObject));
  USHER_RETURN_IF_ERROR(CheckExecutable(program.file));
  program.image_device = program.file.status.st_dev;
  program.image_inode = program.file.status.st_ino;

  // Follow "#!" as the kernel will. A file that we may run but not read is a binary to us; should it be a script after all,
  // the check at the exec event finds another image than expected, and the process ends.
  int file = program.file.object.get();
  Resolved interpreter;
  for (int i = 0;; ++i) {
    auto readable = Reopen(file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!readable.ok()) return program;
    char head[kHead];
    const ssize_t got = pread(readable->get(), head, sizeof(head), 0);
    const std::string next = InterpreterOf(std::string_view(head, static_cast<size_t>(got < 0 ? 0 : got)));
    if (next.empty()) return program;
    if (i == kMaxInterpreters) return ErrnoStatus(name.text, ELOOP);
    USHER_ASSIGN_OR_RETURN(interpreter, resolver.Object({.text = next}, /*follow=*/true));
    USHER_RETURN_IF_ERROR(CheckExecutable(interpreter));
    if (program.interpreter.empty()) program.interpreter = interpreter.path;
    program.image_device = interpreter.status.st_dev;
    program.image_inode = interpreter.status.st_ino;
    file = interpreter.object.get();
  }
}

}  // namespace usher
