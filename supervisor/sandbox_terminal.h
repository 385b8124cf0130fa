// The terminals of a run: the person's, and the sandbox's own in place of it.

#ifndef USHER_SUPERVISOR_SANDBOX_TERMINAL_H_
#define USHER_SUPERVISOR_SANDBOX_TERMINAL_H_

#include <array>

#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

struct SandboxTerminal {
  UniqueFd tty;            // the person's, to ask on and to show on; empty where there is none
  bool in_background = false;  // at the start: nobody can answer there
  UniqueFd master, slave;  // the sandbox's own pty; empty when none of its standard descriptors is a terminal
  std::array<bool, 3> replace_stdio{};  // which of 0, 1, 2 are the person's terminal, and become the slave
};

// Opens what is there. The sandbox gets a pty wherever the person's terminal would have been handed on.
absl::StatusOr<SandboxTerminal> OpenTerminals();

}  // namespace usher

#endif  // USHER_SUPERVISOR_SANDBOX_TERMINAL_H_
