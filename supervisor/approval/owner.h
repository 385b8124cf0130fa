// Which running supervisor a session grant belongs to, and whether it still runs.

#ifndef USHER_SUPERVISOR_APPROVAL_OWNER_H_
#define USHER_SUPERVISOR_APPROVAL_OWNER_H_

#include <string>
#include <string_view>

namespace usher {

// "PIDNS:PID:START:RANDOM". A process is named by its pid and its start time; pids count only within one pid namespace,
// and the random part tells two stores of one process apart.
std::string NewOwner();

// False only when the owner is surely gone: one of another pid namespace cannot be looked at from here.
bool OwnerLives(std::string_view owner);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_OWNER_H_
