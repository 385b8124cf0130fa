#include "supervisor/tracee/locate.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/process.h"
#include "supervisor/syscalls/socket_address.h"
#include "supervisor/tracee/control_message.h"
#include "supervisor/tracee/program.h"
#include "supervisor/tracee/resolver.h"

namespace usher {
namespace {

constexpr unsigned kFirstPtsMajor = 136, kLastPtsMajor = 143;  // UNIX98_PTY_SLAVE_MAJOR of <linux/major.h>, 8 of them
constexpr unsigned kPtsPerMajor = 1 << 20;

int TerminalNumber(uint64_t device) {
  const unsigned high = major(device);
  if (high < kFirstPtsMajor || high > kLastPtsMajor) return -1;
  return static_cast<int>((high - kFirstPtsMajor) * kPtsPerMajor + minor(device));
}

bool IsDevTty(const Resolved& object) {
  return object.exists() && S_ISCHR(object.status.st_mode) && object.status.st_rdev == makedev(5, 0);
}

// "/dev/tty" means the caller's controlling terminal; opened by us it would be ours.
absl::Status PutCallersTerminal(const Call& call, const Belongings& belongings, Resolved& object) {
  USHER_ASSIGN_OR_RETURN(const ProcStat stat, ReadProcStat(call.tid));
  const int number = TerminalNumber(static_cast<uint32_t>(stat.terminal));
  if (number < 0 || !belongings.OwnsTerminal(number)) return ErrnoStatus("/dev/tty", ENXIO);
  object.object.reset(open(Concat("/dev/pts/", number).c_str(), O_PATH | O_CLOEXEC));
  if (!object.object) return ErrnoStatus("/dev/pts");
  USHER_ASSIGN_OR_RETURN(object.status, StatOf(object.object.get()));
  object.own_terminal = true;
  return absl::OkStatus();
}

absl::StatusOr<Resolved> LocateName(const Call& call, const NameArgument& name, const Resolver& resolver) {
  if (name.kind == NameKind::kNewName) return resolver.NewName(name);
  if (call.row->allow_by != AllowBy::kOpen) return resolver.Object(name, name.kind == NameKind::kObject);
  const bool exclusive = (call.open_flags & O_CREAT) != 0 && (call.open_flags & O_EXCL) != 0;
  const bool follow = (call.open_flags & O_NOFOLLOW) == 0 && !exclusive;
  if ((call.open_flags & O_CREAT) != 0 && (call.open_flags & O_TMPFILE) != O_TMPFILE) {
    return resolver.ObjectOrNewName(name, follow);
  }
  return resolver.Object(name, follow);
}

// Whether the object is the sandbox's own although it lies where others put things too: made by it, or about to be made in a
// directory that everybody may write to (sticky, as /tmp is), or in a directory of its own there.
bool MadeInside(const Resolved& name, const Belongings& belongings) {
  if (name.exists()) return belongings.Made(name.object.get(), name.status);
  struct stat parent;
  if (!name.parent || fstat(name.parent.get(), &parent) < 0) return false;
  constexpr mode_t kShared = S_ISVTX | S_IWOTH;
  return (parent.st_mode & kShared) == kShared || belongings.Made(name.parent.get(), parent);
}

absl::Status LocateUnixPath(const std::string& path, const Call& call, const Resolver& resolver,
                            const Belongings& belongings, Destination& destination) {
  // A peer's address as recvfrom(2) gave it may be one of the paths that the broker binds to.
  const std::string* asked = belongings.AskedPathOf(path);
  const NameArgument name{.text = asked != nullptr ? *asked : path};
  if (call.row->allow_by == AllowBy::kBind) {
    USHER_ASSIGN_OR_RETURN(destination.unix_path, resolver.NewName({.text = path, .kind = NameKind::kNewName}));
    return absl::OkStatus();
  }
  USHER_ASSIGN_OR_RETURN(destination.unix_path, resolver.Object(name, /*follow=*/true));
  destination.made_inside = belongings.OwnsSocketFile(destination.unix_path.object.get(), destination.unix_path.status);
  return absl::OkStatus();
}

absl::StatusOr<Destination> LocateDestination(std::string bytes, const Call& call, const Target& target,
                                              const Resolver& resolver, const Belongings& belongings) {
  Destination destination;
  destination.address = std::move(bytes);
  if (destination.address.empty()) return destination;
  USHER_ASSIGN_OR_RETURN(const SocketAddress address, ParseSocketAddress(destination.address));
  if (const auto* path = std::get_if<UnixPath>(&address)) {
    if (target.domain != AF_UNIX) return ErrnoStatus("address family", EAFNOSUPPORT);
    USHER_RETURN_IF_ERROR(LocateUnixPath(path->path, call, resolver, belongings, destination));
  } else if (const auto* name = std::get_if<UnixAbstract>(&address)) {
    if (target.domain != AF_UNIX) return ErrnoStatus("address family", EAFNOSUPPORT);
    if (call.row->allow_by == AllowBy::kBind) {
      destination.made_inside = belongings.OwnsAbstractName(name->name);
    } else {
      destination.bearer = belongings.BearerOf(name->name, target.type);
      destination.made_inside = static_cast<bool>(destination.bearer);
    }
  } else if (const auto* internet = std::get_if<InternetAddress>(&address)) {
    const bool udp = target.type == SOCK_DGRAM;
    if (call.row->allow_by == AllowBy::kBind) {
      // The kernel would let one user's sockets share a port; outside and inside are two.
      if (internet->port != 0 && belongings.OthersHavePort(internet->port, udp)) return ErrnoStatus("port", EADDRINUSE);
    } else {
      destination.made_inside = internet->address.Normalised().IsLoopback() && belongings.OwnsPort(internet->port, udp);
    }
  }
  return destination;
}

// Where a listener will be, as far as no bind was judged for it: listen(2) on a socket that was never bound opens a port chosen
// by the kernel, on every interface, and so does it on one whose connection was dissolved.
absl::StatusOr<std::string> AddressOfUnjudgedListener(const Target& target, const Belongings& belongings) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(target.socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) < 0) {
    return ErrnoStatus("getsockname");
  }
  if (bound.ss_family != AF_INET && bound.ss_family != AF_INET6) return std::string();
  const in_port_t port = bound.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&bound)->sin_port
                                                    : reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port;
  if (port != 0 && belongings.BoundAsJudged(target.socket.get())) return std::string();
  return std::string(reinterpret_cast<const char*>(&bound), size);
}

// The name of a socket or of its peer, with the path that its owner asked for.
absl::StatusOr<std::string> NameOfSocket(const Target& target, bool peer, const Belongings& belongings) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  auto* address = reinterpret_cast<sockaddr*>(&name);
  const int rc = peer ? getpeername(target.socket.get(), address, &size) : getsockname(target.socket.get(), address, &size);
  if (rc < 0) return ErrnoStatus(peer ? "getpeername" : "getsockname");
  std::string bytes(reinterpret_cast<const char*>(&name), std::min<size_t>(size, sizeof(name)));
  USHER_ASSIGN_OR_RETURN(const SocketAddress parsed, ParseSocketAddress(bytes));
  const auto* path = std::get_if<UnixPath>(&parsed);
  const std::string* asked = path == nullptr ? nullptr : belongings.AskedPathOf(path->path);
  return asked == nullptr ? bytes : UnixPathAddress(*asked);
}

// The caller is asked once for all that its call needs.
absl::Status WithoutSocket(absl::Status status, const Call& call, const CallersDescriptors& descriptors) {
  if (ErrnoOf(status) != kAskTheCaller) return status;
  Destination ignored;
  for (const Message& message : call.messages) {
    (void)TranslateControl(message.control, descriptors, ignored.control, ignored.passed);
  }
  return status;
}

absl::Status LocateSocket(const Call& call, const Resolver& resolver, const Belongings& belongings,
                          const CallersDescriptors& descriptors, Target& target) {
  auto socket = descriptors.Duplicate(call.fd);
  if (!socket.ok()) return WithoutSocket(socket.status(), call, descriptors);
  target.socket = *std::move(socket);
  socklen_t size = sizeof(int);
  if (getsockopt(target.socket.get(), SOL_SOCKET, SO_DOMAIN, &target.domain, &size) < 0 ||
      getsockopt(target.socket.get(), SOL_SOCKET, SO_TYPE, &target.type, &size) < 0) {
    return ErrnoStatus("getsockopt");
  }
  const AllowBy by = call.row->allow_by;
  if (by == AllowBy::kListen) {
    USHER_ASSIGN_OR_RETURN(std::string address, AddressOfUnjudgedListener(target, belongings));
    target.destinations.push_back({.address = std::move(address)});
    return absl::OkStatus();
  }
  if (by == AllowBy::kConnect || by == AllowBy::kBind) {
    USHER_ASSIGN_OR_RETURN(Destination destination,
                           LocateDestination(call.address, call, target, resolver, belongings));
    target.destinations.push_back(std::move(destination));
    return absl::OkStatus();
  }
  if (by == AllowBy::kSocketName || by == AllowBy::kPeerName) {
    USHER_ASSIGN_OR_RETURN(target.socket_name, NameOfSocket(target, by == AllowBy::kPeerName, belongings));
    return absl::OkStatus();
  }
  for (const Message& message : call.messages) {
    USHER_ASSIGN_OR_RETURN(Destination destination,
                           LocateDestination(message.address, call, target, resolver, belongings));
    if (!message.control.empty()) {
      USHER_RETURN_IF_ERROR(TranslateControl(message.control, descriptors, destination.control, destination.passed));
    }
    target.destinations.push_back(std::move(destination));
  }
  return absl::OkStatus();
}

// An object that is a process's own (/proc/PID), or was reached by what a process holds: one outside is told.
void NoteProcessOutside(const Resolved& name, const ProcessTable& processes, Target& target) {
  for (const int32_t pid : name.proc_pids) {
    if (!processes.Inside(pid)) target.outside_pid = pid;
  }
}

// Which process a descriptor stands for is read of the duplicate: the tracee's own can be another one the next moment.
absl::Status LocateProcess(const Call& call, const ProcessTable& processes, const CallersDescriptors& descriptors,
                           Target& target) {
  USHER_ASSIGN_OR_RETURN(target.caller_process, ThreadGroupOf(call.tid));
  USHER_ASSIGN_OR_RETURN(target.process, descriptors.Duplicate(call.fd));
  USHER_ASSIGN_OR_RETURN(target.process_id, PidOfPidfd(target.process.get()));
  target.inside = processes.Inside(target.process_id);
  return absl::OkStatus();
}

// PTRACE_TRACEME makes the parent the tracer, which must not be the keeper.
bool ParentInside(int32_t tid, const ProcessTable& processes) {
  const auto stat = ReadProcStat(tid);
  return stat.ok() && processes.Inside(stat->parent);
}

// Whoever is not there cannot be outside: his number may be anybody's the next moment, so the kernel is not asked either.
bool IsThere(int32_t id, bool group) {
  return group ? kill(-id, 0) == 0 || errno != ESRCH : ReadProcStat(id).ok();
}

absl::StatusOr<bool> EveryPidInside(const Call& call, const ProcessTable& processes) {
  const std::string_view name = call.row->name;
  const bool by_group = (name == "setpriority" && call.which == PRIO_PGRP) || (name == "ioprio_set" && call.which == 2);
  const bool by_user = (name == "setpriority" && call.which == PRIO_USER) || (name == "ioprio_set" && call.which == 3);
  if (by_user) return false;
  if (name == "ptrace" && call.trace_request == PTRACE_TRACEME) return ParentInside(call.tid, processes);
  for (const int64_t pid : call.pids) {
    if (pid == 0) continue;    // the caller, or its own group
    if (pid == call.tid && !by_group) continue;  // the caller, by the number that the kernel told us
    if (pid == -1) return false;  // everybody, whoever that is
    if (pid <= INT32_MIN) return ErrnoStatus("process", ESRCH);  // has no opposite
    const auto id = static_cast<int32_t>(pid < 0 ? -pid : pid);
    const bool group = by_group || pid < 0;
    if (group ? processes.GroupInside(id) : processes.Inside(id)) continue;
    if (!IsThere(id, group)) return ErrnoStatus("process", ESRCH);
    return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Target> Locate(const Call& call, const ProcessTable& processes, const Belongings& belongings,
                              const CallersDescriptors& descriptors) {
  Target target;
  const Resolver resolver(descriptors);
  switch (call.row->allow_by) {
    case AllowBy::kConnect:
    case AllowBy::kBind:
    case AllowBy::kListen:
    case AllowBy::kSend:
    case AllowBy::kSendMessage:
    case AllowBy::kSendMessages:
    case AllowBy::kSocketName:
    case AllowBy::kPeerName: USHER_RETURN_IF_ERROR(LocateSocket(call, resolver, belongings, descriptors, target)); return target;
    case AllowBy::kSetLinger: {
      USHER_ASSIGN_OR_RETURN(target.socket, descriptors.Duplicate(call.fd));
      return target;
    }
    case AllowBy::kSignalByDescriptor: USHER_RETURN_IF_ERROR(LocateProcess(call, processes, descriptors, target)); return target;
    case AllowBy::kContinue: {
      USHER_ASSIGN_OR_RETURN(target.inside, EveryPidInside(call, processes));
      return target;
    }
    case AllowBy::kExec: {
      USHER_ASSIGN_OR_RETURN(target.program, LocateProgram(call.names[0], resolver));
      break;
    }
    case AllowBy::kWatch: {
      USHER_ASSIGN_OR_RETURN(target.watcher, descriptors.Duplicate(call.fd));
      break;
    }
    default: break;
  }
  if (call.row->allow_by != AllowBy::kExec) {
    for (const NameArgument& name : call.names) {
      USHER_ASSIGN_OR_RETURN(Resolved resolved, LocateName(call, name, resolver));
      if (IsDevTty(resolved)) USHER_RETURN_IF_ERROR(PutCallersTerminal(call, belongings, resolved));
      const int number = resolved.exists() && S_ISCHR(resolved.status.st_mode) ? TerminalNumber(resolved.status.st_rdev) : -1;
      if (number >= 0) resolved.own_terminal = belongings.OwnsTerminal(number);
      resolved.made_inside = MadeInside(resolved, belongings);
      target.names.push_back(std::move(resolved));
    }
    if (call.names.empty()) {  // fchmod and its like: the descriptor is the name
      USHER_ASSIGN_OR_RETURN(Resolved resolved, resolver.Descriptor(call.fd));
      resolved.made_inside = MadeInside(resolved, belongings);
      target.names.push_back(std::move(resolved));
    }
  }
  for (const Resolved& name : target.names) NoteProcessOutside(name, processes, target);
  NoteProcessOutside(target.program.file, processes, target);
  return target;
}

}  // namespace usher
