#include "supervisor/syscalls/meaning.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/syscalls/socket_address.h"

namespace usher {
namespace {

using Operations = std::vector<Operation>;

// A terminal of the sandbox's own is judged as the one terminal it is, whatever its number.
std::string JudgedPath(const Resolved& object) { return object.own_terminal ? "/dev/tty" : object.path; }

void AddFile(FileAction action, const Resolved& object, std::string_view asked, Operations& operations,
             bool carries_subtree = false) {
  if (object.nameless) return;
  operations.push_back(FileOperation{.action = action,
                                     .path = JudgedPath(object),
                                     .asked = std::string(asked),
                                     .is_directory = object.is_directory(),
                                     .carries_subtree = carries_subtree,
                                     .made_inside = object.made_inside});
}

// What a file under /proc/PID lets one do to that process. Most of them say what it has in its memory or lead into it.
ProcessAction ActionOnEntry(const Target& target) {
  constexpr std::string_view kSeenByAll[] = {"stat", "status", "statm",     "cmdline",
                                             "comm", "cgroup", "oom_score", "limits"};
  const bool by_name =
      target.names.size() == 1 && !target.names[0].nameless && target.names[0].path.starts_with("/proc/");
  if (!by_name) return ProcessAction::kReadMemory;
  const std::string_view below = std::string_view(target.names[0].path).substr(6);
  const size_t slash = below.find('/');
  if (slash == std::string_view::npos) return ProcessAction::kLook;  // the directory itself
  const std::string_view leaf = below.substr(slash + 1);
  const bool seen = std::find(std::begin(kSeenByAll), std::end(kSeenByAll), leaf) != std::end(kSeenByAll);
  return seen ? ProcessAction::kLook : ProcessAction::kReadMemory;
}

// What a directory brings along when it comes or goes, a link brings too: all names beneath it.
bool CarriesNames(const Resolved& object) {
  return object.exists() && (S_ISDIR(object.status.st_mode) || S_ISLNK(object.status.st_mode));
}

bool OpensForWriting(uint32_t flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0; }
bool OpensForReading(uint32_t flags) { return (flags & O_ACCMODE) != O_WRONLY; }

bool EndsInDots(const Resolved& name) {
  const std::string_view leaf = std::string_view(name.leaf).substr(0, name.leaf.find('/'));
  return leaf == "." || leaf == "..";
}

// A call that makes a name fails where there is one already, and one that takes a name away fails where there is none:
// that is for no person to decide. `mkdir -p` alone would ask about every directory above.
absl::Status ExpectNone(const Resolved& name) {
  return name.exists() || EndsInDots(name) ? ErrnoStatus("the name", EEXIST) : absl::OkStatus();
}
absl::Status ExpectOne(const Resolved& name) {
  return name.exists() || EndsInDots(name) ? absl::OkStatus() : ErrnoStatus("the name", ENOENT);
}

absl::StatusOr<Operations> MeaningOfOpen(const Call& call, const Target& target) {
  Operations operations;
  const Resolved& object = target.names[0];
  const std::string& asked = call.names[0].text;
  if ((call.open_flags & O_TMPFILE) == O_TMPFILE) {
    operations.push_back(FileOperation{.action = FileAction::kCreate,
                                       .path = Concat(object.path, "/(unnamed)"),
                                       .asked = asked,
                                       .made_inside = object.made_inside});
    return operations;
  }
  if (!object.exists()) {
    AddFile(FileAction::kCreate, object, asked, operations);
    return operations;
  }
  if ((call.open_flags & O_CREAT) != 0 && (call.open_flags & O_EXCL) != 0) return ErrnoStatus("the name", EEXIST);
  if (OpensForReading(call.open_flags)) AddFile(FileAction::kRead, object, asked, operations);
  if (OpensForWriting(call.open_flags)) AddFile(FileAction::kWrite, object, asked, operations);
  return operations;
}

absl::StatusOr<Operations> MeaningOfRename(const Call& call, const Target& target) {
  constexpr uint32_t kKnown = RENAME_NOREPLACE | RENAME_EXCHANGE;
  if ((call.rename_flags & ~kKnown) != 0) return ErrnoStatus("rename flags", EINVAL);
  Operations operations;
  const Resolved& from = target.names[0];
  const Resolved& to = target.names[1];
  USHER_RETURN_IF_ERROR(ExpectOne(from));
  const bool exchange = (call.rename_flags & RENAME_EXCHANGE) != 0;
  const bool tree = CarriesNames(from);
  // Only a directory has names that were judged elsewhere before: those behind a link are judged where it leads.
  const auto moved = [&](const Resolved& object) {
    if (operations.empty() || !object.is_directory()) return;
    std::get<FileOperation>(operations.back()).moved_from = object.path;
  };
  AddFile(FileAction::kRemove, from, call.names[0].text, operations, tree);
  // What has that name already is replaced, which is one question and not two: making it and removing it need one
  // right.
  AddFile(FileAction::kCreate, to, call.names[1].text, operations, tree || CarriesNames(to));
  moved(from);
  if (exchange) {
    AddFile(FileAction::kRemove, to, call.names[1].text, operations, CarriesNames(to));
    AddFile(FileAction::kCreate, from, call.names[0].text, operations, CarriesNames(to));
    moved(to);
  }
  return operations;
}

// One start for every link of a "#!" chain: what a script names is started by whoever starts the script.
void AddExec(const Call& call, const Program& program, Operations& operations) {
  ExecOperation start{program.file.path, call.names[0].text, "", call.argv};
  for (const std::string& interpreter : program.interpreters) {
    start.interpreter = interpreter;
    operations.push_back(start);
    start = {interpreter, "", "", call.argv};
  }
  if (operations.empty()) operations.push_back(std::move(start));
}

NetOperation NetOperationFor(NetAction action, const Target& target, const Destination& destination,
                             const InternetAddress& address) {
  return {.action = action,
          .transport = target.type == SOCK_DGRAM ? Transport::kUdp : Transport::kTcp,
          .address = address.address.Normalised(),
          .port = address.port,
          .names = destination.names,
          .made_inside = destination.made_inside};
}

// A destination of connect, send or bind. connect(2) with AF_UNSPEC dissolves a connection, which harms nobody; in the
// other calls the kernel takes AF_UNSPEC for AF_INET (udp_sendmsg, inet_bind), which nobody needs.
absl::Status AddDestination(NetAction net, UnixAction local, const Target& target, const Destination& destination,
                            Operations& operations) {
  USHER_ASSIGN_OR_RETURN(const SocketAddress address, ParseSocketAddress(destination.address));
  if (const auto* internet = std::get_if<InternetAddress>(&address)) {
    if (target.domain != AF_INET && target.domain != AF_INET6) return ErrnoStatus("socket family", EAFNOSUPPORT);
    NetOperation operation = NetOperationFor(net, target, destination, *internet);
    // The unspecified address of one's own is every interface: it is not the loopback that one dials by it.
    const bool own = net == NetAction::kBind || net == NetAction::kListen;
    if (own && internet->address.IsUnspecified()) operation.address = internet->address;
    operations.push_back(std::move(operation));
    return absl::OkStatus();
  }
  if (const auto* path = std::get_if<UnixPath>(&address)) {
    operations.push_back(UnixSocketOperation{local, destination.unix_path.path, path->path, destination.made_inside});
    return absl::OkStatus();
  }
  if (const auto* name = std::get_if<UnixAbstract>(&address)) {
    operations.push_back(
        UnixSocketOperation{local, Concat("@", name->name), Concat("@", name->name), destination.made_inside});
    return absl::OkStatus();
  }
  if (std::holds_alternative<UnixUnnamed>(address)) return absl::OkStatus();
  if (std::holds_alternative<UnspecifiedAddress>(address) && net == NetAction::kConnect) return absl::OkStatus();
  // Netlink addresses name a part of the kernel; only route netlink sockets exist in here.
  const auto* other = std::get_if<OtherAddress>(&address);
  if (target.domain == AF_NETLINK && other != nullptr && other->family == AF_NETLINK) return absl::OkStatus();
  return ErrnoStatus("address family", EAFNOSUPPORT);
}

// Flags of a send that are understood. MSG_ZEROCOPY is one that the kernel ignores where SO_ZEROCOPY is not set, which
// is everywhere in here: the broker leaves it out.
absl::Status ExpectKnownSendFlags(const Call& call) {
  constexpr uint32_t kKnown =
      MSG_OOB | MSG_DONTROUTE | MSG_DONTWAIT | MSG_EOR | MSG_CONFIRM | MSG_NOSIGNAL | MSG_MORE | MSG_ZEROCOPY;
  return (call.message_flags & ~kKnown) == 0 ? absl::OkStatus() : ErrnoStatus("send flags", EINVAL);
}

absl::StatusOr<Operations> MeaningOfNetwork(const Call& call, const Target& target) {
  Operations operations;
  const AllowBy by = call.row->allow_by;
  if (by == AllowBy::kSocketName || by == AllowBy::kPeerName) return operations;
  const NetAction net = by == AllowBy::kConnect  ? NetAction::kConnect
                        : by == AllowBy::kBind   ? NetAction::kBind
                        : by == AllowBy::kListen ? NetAction::kListen
                                                 : NetAction::kSend;
  const UnixAction local = by == AllowBy::kConnect ? UnixAction::kConnect
                           : by == AllowBy::kBind  ? UnixAction::kBind
                                                   : UnixAction::kSend;
  if (net == NetAction::kSend) USHER_RETURN_IF_ERROR(ExpectKnownSendFlags(call));
  for (const Destination& destination : target.destinations) {
    if (destination.address.empty()) continue;
    USHER_RETURN_IF_ERROR(AddDestination(net, local, target, destination, operations));
  }
  return operations;
}

// Families and types that may exist at all. The filter has let through INET, INET6 and NETLINK to here.
absl::StatusOr<Operations> MeaningOfSocket(const Call& call) {
  const int type = call.type & 0xf;
  if (call.family == AF_NETLINK) {
    const bool route = call.protocol == NETLINK_ROUTE && (type == SOCK_RAW || type == SOCK_DGRAM);
    if (!route) return ErrnoStatus("netlink protocol", EPROTONOSUPPORT);
    return Operations{};
  }
  const bool tcp = type == SOCK_STREAM && (call.protocol == 0 || call.protocol == IPPROTO_TCP);
  const bool udp = type == SOCK_DGRAM && (call.protocol == 0 || call.protocol == IPPROTO_UDP);
  if (!tcp && !udp) return ErrnoStatus("socket type", type == SOCK_RAW ? EPERM : EPROTONOSUPPORT);
  return Operations{};
}

ProcessAction ProcessActionOf(const Call& call) {
  const std::string_view name = call.row->name;
  if (name == "ptrace") return ProcessAction::kTrace;
  if (name == "process_vm_readv" || name == "process_vm_writev" || name == "kcmp") return ProcessAction::kReadMemory;
  if (name == "kill" || name == "tkill" || name == "tgkill" || name == "rt_sigqueueinfo" ||
      name == "rt_tgsigqueueinfo" || name == "pidfd_open" || name == "pidfd_send_signal" || name == "fcntl") {
    return ProcessAction::kSignal;
  }
  return ProcessAction::kAdjust;
}

absl::StatusOr<Operations> MeaningOfProcessCall(const Call& call, const Target& target) {
  if (call.row->name == "socket") return MeaningOfSocket(call);
  Operations operations;
  const int64_t pid = call.pids.empty() ? 0 : call.pids[0];
  operations.push_back(ProcessOperation{ProcessActionOf(call), pid, target.inside});
  return operations;
}

}  // namespace

absl::StatusOr<Operations> Meaning(const Call& call, const Target& target) {
  Operations operations;
  switch (call.row->allow_by) {
    case AllowBy::kOpen: {
      USHER_ASSIGN_OR_RETURN(operations, MeaningOfOpen(call, target));
      break;
    }
    case AllowBy::kMakeDirectory:
    case AllowBy::kMakeNode:
    case AllowBy::kSymbolicLink:
      USHER_RETURN_IF_ERROR(ExpectNone(target.names[0]));
      AddFile(FileAction::kCreate, target.names[0], call.names[0].text, operations,
              /*carries_subtree=*/call.row->allow_by == AllowBy::kSymbolicLink);
      if (call.row->allow_by == AllowBy::kMakeDirectory) std::get<FileOperation>(operations.back()).is_directory = true;
      break;
    case AllowBy::kRemove:
      USHER_RETURN_IF_ERROR(ExpectOne(target.names[0]));
      AddFile(FileAction::kRemove, target.names[0], call.names[0].text, operations);
      break;
    case AllowBy::kRename: {
      USHER_ASSIGN_OR_RETURN(operations, MeaningOfRename(call, target));
      break;
    }
    case AllowBy::kLink:
      // A second name gives what the first allows, and more: it must be writable where it lies already.
      USHER_RETURN_IF_ERROR(ExpectNone(target.names[1]));
      AddFile(FileAction::kWrite, target.names[0], call.names[0].text, operations);
      AddFile(FileAction::kCreate, target.names[1], call.names[1].text, operations, CarriesNames(target.names[0]));
      break;
    case AllowBy::kChangeMode:
    case AllowBy::kChangeOwner:
    case AllowBy::kSetTimes:
    case AllowBy::kSetXattr:
    case AllowBy::kRemoveXattr:
      AddFile(FileAction::kMetadata, target.names[0], call.names.empty() ? "" : call.names[0].text, operations);
      break;
    case AllowBy::kTruncate:
      AddFile(FileAction::kWrite, target.names[0], call.names[0].text, operations);
      break;
    case AllowBy::kWatch:
      AddFile(FileAction::kRead, target.names[0], call.names[0].text, operations);
      break;
    case AllowBy::kExec:
      AddExec(call, target.program, operations);
      break;
    case AllowBy::kConnect:
    case AllowBy::kBind:
    case AllowBy::kListen:
    case AllowBy::kSend:
    case AllowBy::kSendMessage:
    case AllowBy::kSendMessages:
    case AllowBy::kSocketName:
    case AllowBy::kPeerName: {
      USHER_ASSIGN_OR_RETURN(operations, MeaningOfNetwork(call, target));
      break;
    }
    case AllowBy::kSetLinger:
      break;  // of the caller's own socket
    case AllowBy::kSignalByDescriptor:
      operations.push_back(ProcessOperation{ProcessActionOf(call), target.process_id, target.inside});
      break;
    case AllowBy::kContinue: {
      USHER_ASSIGN_OR_RETURN(operations, MeaningOfProcessCall(call, target));
      break;
    }
    case AllowBy::kNothing:
      return ErrnoStatus("a call that is not mediated", ENOSYS);
  }
  if (target.outside_pid != 0) {
    operations.push_back(ProcessOperation{ActionOnEntry(target), target.outside_pid, false});
  }
  return operations;
}

}  // namespace usher
