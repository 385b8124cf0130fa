// A call on its way through the house: what is known of it so far, and what it waits for. The monitor's own.

#ifndef USHER_SUPERVISOR_MONITOR_WAITS_H_
#define USHER_SUPERVISOR_MONITOR_WAITS_H_

#include <functional>
#include <memory>
#include <vector>

#include "supervisor/monitor.h"

namespace usher {

struct Monitor::Held {
  SyscallEvent event;
  Call call;
  Target target;
  std::vector<Operation> operations;
  std::vector<Decision> decisions;      // one per operation, as they stood when it was judged
  std::vector<Resolution> resolutions;  // answers of a person, by operation
  std::vector<bool> answered;           // a yes that holds for this call alone
  Approvals::Ticket question = 0;
  Workers::Ticket work = 0;
  UniqueFd connecting;
  NumberedFds handed_over;  // by the caller, where nobody may take them
  std::vector<int> wanted;  // of those that it has not handed over
  bool waited_for_names = false;
  bool waited_since_judged = false;  // for a person or a turn: a name may lead elsewhere by now
  int attempts = 0;
};

// Notes that a thread is about to change names; what it returns is called when that is over.
std::function<void()> TakeTurn(const std::shared_ptr<NameTurns>& turns);

}  // namespace usher

#endif  // USHER_SUPERVISOR_MONITOR_WAITS_H_
