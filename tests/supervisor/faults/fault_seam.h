// A seam between the supervisor and the kernel: one call, the Nth that is made while it is armed, fails with an errno
// instead of being made. The linker puts it there (--wrap), so that the code under test is the code that ships.

#ifndef USHER_TESTS_SUPERVISOR_FAULTS_FAULT_SEAM_H_
#define USHER_TESTS_SUPERVISOR_FAULTS_FAULT_SEAM_H_

#include <string>
#include <vector>

namespace usher {

// What happened while the seam was armed.
struct Walk {
  std::vector<std::string> calls;  // by name: "fstat", "openat2", "NOTIF_SEND"
  std::string failed;              // the one that was made to fail; empty when there were fewer
  std::vector<std::string>
      replies;  // what the kernel took as an answer: "errno 13", "value 0", "descriptor", "continue"
};

// From here on every call is counted, on every thread, and number `nth` (from 1; 0 for none) fails with `error`.
void ArmFault(int nth, int error);
Walk DisarmFault();

}  // namespace usher

#endif  // USHER_TESTS_SUPERVISOR_FAULTS_FAULT_SEAM_H_
