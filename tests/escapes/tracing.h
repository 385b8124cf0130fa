// What a tracer inside does to the call of its child.

#ifndef USHER_TESTS_ESCAPES_TRACING_H_
#define USHER_TESTS_ESCAPES_TRACING_H_

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

namespace usher::escapes {

// Of a child that stands before a call.
inline void SetSecondArgument(pid_t child, const void* value) {
  user_regs_struct registers{};
  iovec place{&registers, sizeof(registers)};
  if (ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &place) < 0) return;
#if defined(__x86_64__)
  registers.rsi = reinterpret_cast<uintptr_t>(value);
#elif defined(__aarch64__)
  registers.regs[1] = reinterpret_cast<uintptr_t>(value);
#endif
  ptrace(PTRACE_SETREGSET, child, NT_PRSTATUS, &place);
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_TRACING_H_
