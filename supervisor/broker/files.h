// Calls on files, done by descriptor: open, the names that come and go, and what a file is like.

#ifndef USHER_SUPERVISOR_BROKER_FILES_H_
#define USHER_SUPERVISOR_BROKER_FILES_H_

#include "supervisor/broker/enactment.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

// From this size on a file's lock may be held for long by somebody who writes to it.
inline constexpr off_t kLargeFile = 4 << 20;

// Opens what was resolved. A new name is made with O_EXCL added: should it have come into being meanwhile, the result is
// Failed{kResolveAgain}, and the call is looked at anew.
inline constexpr int kResolveAgain = 10'000;  // no errno of Linux; never reaches a tracee
Enactment EnactOpen(const Call& call, Target& target);

// The errno with which the call fails whatever is decided about it, or 0. Nobody is to be asked whether a directory may go that is
// not empty.
int FailsAnyway(const Call& call, const Target& target);

CallResult EnactMakeDirectory(const Call& call, const Target& target);
CallResult EnactMakeNode(const Call& call, const Target& target);
CallResult EnactRemove(const Call& call, const Target& target);
CallResult EnactRename(const Call& call, const Target& target);
CallResult EnactLink(const Call& call, const Target& target);
CallResult EnactSymbolicLink(const Call& call, const Target& target);
CallResult EnactChangeMode(const Call& call, const Target& target);
CallResult EnactChangeOwner(const Call& call, const Target& target);
CallResult EnactSetTimes(const Call& call, const Target& target);
CallResult EnactSetXattr(const Call& call, const Target& target);
CallResult EnactRemoveXattr(const Call& call, const Target& target);
Enactment EnactTruncate(const Call& call, Target& target);
CallResult EnactWatch(const Call& call, const Target& target);

}  // namespace usher

#endif  // USHER_SUPERVISOR_BROKER_FILES_H_
