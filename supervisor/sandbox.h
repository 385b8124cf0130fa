// One run, from the command line to the receipt.

#ifndef USHER_SUPERVISOR_SANDBOX_H_
#define USHER_SUPERVISOR_SANDBOX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/mechanism.h"

namespace usher {

enum class FailOn { kNever, kAsk, kDeny };

// Which opens that the floor allows run in the kernel (docs/decisions/0008).
enum class Gate : uint8_t {
  kShut,    // none
  kSystem,  // below directories that stay as they are: the system, caches, the private temporary directory
  kWide,    // and of each file that is there at the start, which is looked for
};

struct RunOptions {
  std::vector<std::string> command;
  std::string policy;       // file, instead of the person's own
  std::string workspace;    // instead of the repository around the current directory
  std::string approver;     // program that answers questions
  std::string receipt;      // file to write the receipt to as well, "-" for standard error
  bool unattended = false;  // nobody is asked, even on a terminal
  bool quiet = false;
  Gate gate = Gate::kShut;
  bool strict = false;          // refuse to run where the host lacks anything
  bool allow_degraded = false;  // run with fixed limits where no call can be judged
  FailOn fail_on = FailOn::kNever;
  Mechanism mechanism = Mechanism::kStrongest;
};

// The exit code of the whole (result.h).
int RunSandbox(const RunOptions& options);

}  // namespace usher

#endif  // USHER_SUPERVISOR_SANDBOX_H_
