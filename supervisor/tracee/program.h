// What a program file starts: itself, or the interpreter of its "#!" line, and so on.

#ifndef USHER_SUPERVISOR_TRACEE_PROGRAM_H_
#define USHER_SUPERVISOR_TRACEE_PROGRAM_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"
#include "supervisor/tracee/resolver.h"

namespace usher {

// ENOENT, EACCES (not a regular file, not executable by us), ELOOP (more than five interpreters, as binfmt_script).
absl::StatusOr<Program> LocateProgram(const NameArgument& name, const Resolver& resolver);

// The interpreter that a file beginning with `head` names, and the one argument it gets; empty where there is none. As
// fs/binfmt_script.c reads it, within the first 256 bytes: blanks around, the interpreter up to the first of them, the
// argument to the end of the line.
struct ScriptLine {
  std::string interpreter, argument;
};
ScriptLine ScriptLineOf(std::string_view head);

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_PROGRAM_H_
