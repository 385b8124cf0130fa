// How do calls that change names keep out of each other's way?
//
// A call is judged by the names that there are, and done by a name once more (rename(2) takes no descriptor of what is
// renamed). On the loop nothing comes in between. A thread may have to wait for a lock meanwhile, and an exchange that
// was judged as well would put something else below its name: so no other name is changed while a thread is at it, and
// whoever waited, for that or for a person, is done only if its names lead where they led.

#include <algorithm>
#include <utility>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/monitor.h"
#include "supervisor/monitor_waits.h"
#include "supervisor/tracee/callers_descriptors.h"
#include "supervisor/tracee/locate.h"

namespace usher {
namespace {

bool IsSameObject(const Resolved& a, const Resolved& b) {
  if (a.path != b.path || a.leaf != b.leaf || a.exists() != b.exists()) return false;
  return !a.exists() || (a.status.st_dev == b.status.st_dev && a.status.st_ino == b.status.st_ino);
}

}  // namespace

// False: it waits, or starts again.
bool Monitor::MayChangeNamesNow(std::shared_ptr<Held>& held) {
  const uint64_t id = held->event.id;
  if (turns_->at_work > 0) {
    held->waited_since_judged = true;
    turns_->waiting.push_back(id);
    parked_[id] = std::move(held);
    LookAfterParked();
    return false;
  }
  if (!held->waited_since_judged) return true;
  if (NamesAreAsJudged(*held)) return true;
  StartAgain(*held);
  return false;
}

bool Monitor::NamesAreAsJudged(const Held& held) const {
  const CallersDescriptors descriptors = house_.interceptor.asks_for_descriptors()
                                             ? CallersDescriptors(held.event.tid, held.handed_over)
                                             : CallersDescriptors(held.event.tid);
  const auto now = Locate(held.call, house_.processes, house_.belongings, descriptors);
  if (!now.ok() || !house_.interceptor.StillHeld(held.event.id)) return false;
  const std::vector<Resolved>& names = held.target.names;
  return std::equal(names.begin(), names.end(), now->names.begin(), now->names.end(), IsSameObject);
}

// What a thread does in the end.
std::function<void()> TakeTurn(const std::shared_ptr<NameTurns>& turns) {
  ++turns->at_work;
  return [turns] {
    if (--turns->at_work > 0 || !turns->go_on || turns->waiting.empty()) return;
    turns->go_on(std::exchange(turns->waiting, {}));
  };
}

// Each is judged anew. One of them may keep the rest waiting once more.
void Monitor::TakeTurns(std::vector<uint64_t> waiting) {
  for (const uint64_t id : waiting) {
    std::shared_ptr<Held> held = Unpark(id);
    if (!held) continue;
    if (!house_.interceptor.StillHeld(id)) {
      Send(*held, ReplyError{ESRCH});
    } else {
      Decide(std::move(held));
    }
  }
}

}  // namespace usher
