#include "supervisor/broker/broker.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "supervisor/broker/files.h"
#include "supervisor/broker/network.h"
#include "supervisor/broker/signals.h"

namespace usher {

bool NeedsUmask(const Call& call) {
  switch (call.row->allow_by) {
    case AllowBy::kOpen: return (call.open_flags & (O_CREAT | O_TMPFILE)) != 0;
    case AllowBy::kMakeDirectory:
    case AllowBy::kMakeNode:
    case AllowBy::kBind: return true;
    default: return false;
  }
}

bool IsOnNames(AllowBy deed) {
  switch (deed) {
    case AllowBy::kMakeDirectory:
    case AllowBy::kMakeNode:
    case AllowBy::kRemove:
    case AllowBy::kRename:
    case AllowBy::kLink:
    case AllowBy::kSymbolicLink: return true;
    default: return false;
  }
}

bool ChangesNames(const Call& call, const Target& target) {
  switch (call.row->allow_by) {
    case AllowBy::kOpen: return !target.names[0].exists();
    case AllowBy::kBind: return target.domain == AF_UNIX;
    default: return IsOnNames(call.row->allow_by);
  }
}

namespace {

// Whether the call takes the lock of a file that a long write(2) may be holding: a gigabyte takes seconds, and a worker has
// them. Small files are changed at once; nobody writes to them for long.
bool MayWaitForWriter(const Call& call, const Target& target) {
  switch (call.row->allow_by) {
    case AllowBy::kChangeMode:
    case AllowBy::kChangeOwner:
    case AllowBy::kSetTimes:
    case AllowBy::kSetXattr:
    case AllowBy::kRemoveXattr:
    case AllowBy::kRemove:
    case AllowBy::kLink:
    case AllowBy::kRename: break;
    default: return false;
  }
  for (const Resolved& name : target.names) {
    if (name.exists() && S_ISREG(name.status.st_mode) && name.status.st_size >= kLargeFile) return true;
  }
  return false;
}

Enactment EnactNow(const Call& call, Target& target);

}  // namespace

Enactment Enact(const Call& call, Target& target, uint32_t umask_of_caller) {
  // Ours is of no consequence: everything that Usher itself makes has its mode set by hand.
  if (NeedsUmask(call)) umask(umask_of_caller);
  if (!MayWaitForWriter(call, target)) return EnactNow(call, target);
  auto later = std::make_shared<Target>(std::move(target));
  return BlockingCall([call, later] { return std::get<CallResult>(EnactNow(call, *later)); });
}

namespace {

Enactment EnactNow(const Call& call, Target& target) {
  switch (call.row->allow_by) {
    case AllowBy::kOpen: return EnactOpen(call, target);
    case AllowBy::kMakeDirectory: return EnactMakeDirectory(call, target);
    case AllowBy::kMakeNode: return EnactMakeNode(call, target);
    case AllowBy::kRemove: return EnactRemove(call, target);
    case AllowBy::kRename: return EnactRename(call, target);
    case AllowBy::kLink: return EnactLink(call, target);
    case AllowBy::kSymbolicLink: return EnactSymbolicLink(call, target);
    case AllowBy::kChangeMode: return EnactChangeMode(call, target);
    case AllowBy::kChangeOwner: return EnactChangeOwner(call, target);
    case AllowBy::kSetTimes: return EnactSetTimes(call, target);
    case AllowBy::kSetXattr: return EnactSetXattr(call, target);
    case AllowBy::kRemoveXattr: return EnactRemoveXattr(call, target);
    case AllowBy::kTruncate: return EnactTruncate(call, target);
    case AllowBy::kWatch: return EnactWatch(call, target);
    case AllowBy::kConnect: return EnactConnect(call, target);
    case AllowBy::kBind: return EnactBind(call, target);
    case AllowBy::kListen: return EnactListen(call, target);
    case AllowBy::kSend:
    case AllowBy::kSendMessage:
    case AllowBy::kSendMessages: return EnactSend(call, target);
    case AllowBy::kSocketName:
    case AllowBy::kPeerName: return EnactSocketName(call, target);
    case AllowBy::kSetLinger: return EnactSetLinger(call, target);
    case AllowBy::kSignalByDescriptor: return EnactSignal(call, target);
    case AllowBy::kExec:  // what really runs is checked at the exec event
    case AllowBy::kContinue: return CallResult(RunInKernel{});
    case AllowBy::kNothing: break;
  }
  return CallResult(Failed{ENOSYS});
}

}  // namespace

}  // namespace usher
