#include "supervisor/broker/network.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/path.h"
#include "supervisor/syscalls/socket_address.h"

namespace usher {
namespace {

const sockaddr* AsAddress(const std::string& bytes) { return reinterpret_cast<const sockaddr*>(bytes.data()); }
socklen_t LengthOf(const std::string& bytes) { return static_cast<socklen_t>(bytes.size()); }

bool Blocks(int socket) { return (fcntl(socket, F_GETFL) & O_NONBLOCK) == 0; }

// The address to dial: of a unix socket with a path, the very file that was judged.
absl::StatusOr<std::string> DialledAddress(const Destination& destination) {
  if (!destination.unix_path.exists()) return destination.address;
  return UnixPathAddress(DescriptorName(destination.unix_path.object.get()).c_str());
}

// One message, as sendmsg(2) takes it. Borrows everything.
struct Outgoing {
  msghdr header{};
  iovec vector{};

  Outgoing(const Message& message, const Destination& destination, const std::string& address) {
    vector = {const_cast<char*>(message.data.data()), message.data.size()};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    if (!address.empty()) {
      header.msg_name = const_cast<char*>(address.data());
      header.msg_namelen = LengthOf(address);
    }
    if (!destination.control.empty()) {
      header.msg_control = const_cast<char*>(destination.control.data());
      header.msg_controllen = destination.control.size();
    }
  }
};

// Everything a send needs, kept alive for as long as it may take.
struct Sending {
  UniqueFd socket;
  std::vector<Message> messages;
  std::vector<Destination> destinations;
  std::vector<std::string> addresses;
  int flags = 0;
  bool many = false;             // sendmmsg: counts messages and writes their lengths
  uint64_t vector_address = 0;   // the tracee's mmsghdr array
  size_t next = 0;               // messages that are on their way
  std::vector<WriteBack> lengths;

  CallResult Finish() { return Done{static_cast<int64_t>(next), std::move(lengths)}; }

  // Sends what is left; false when it would block.
  bool Step(int extra_flags, CallResult& result) {
    for (; next < messages.size(); ++next) {
      Outgoing out(messages[next], destinations[next], addresses[next]);
      // A datagram goes whole or not at all; what was cut to our limit cannot go.
      const ssize_t sent = sendmsg(socket.get(), &out.header, flags | extra_flags | MSG_NOSIGNAL);
      if (sent < 0) {
        const int error = errno;
        if (error == EAGAIN && (flags & MSG_DONTWAIT) == 0 && Blocks(socket.get()) && next == 0) return false;
        result = many && next > 0 ? Finish() : CallResult(Failed{error});
        return true;
      }
      if (!many) {
        result = Done{sent, {}};
        return true;
      }
      const auto length = static_cast<uint32_t>(sent);
      std::string bytes(sizeof(length), '\0');
      std::memcpy(bytes.data(), &length, sizeof(length));
      lengths.push_back({vector_address + next * sizeof(mmsghdr) + offsetof(mmsghdr, msg_len), std::move(bytes)});
    }
    result = Finish();
    return true;
  }
};

// A connect, and what has to stay open for it: the judged file has its address by descriptor.
struct Dialling {
  UniqueFd socket;
  Destination destination;
  std::string address;

  CallResult ConnectAtOnce() {
    if (connect(socket.get(), AsAddress(address), LengthOf(address)) < 0) return Failed{errno};
    return Done{};
  }

  // Without waiting for the other side, as far as that goes: a worker is needed for many others.
  CallResult Connect() {
    const int flags = fcntl(socket.get(), F_GETFL);
    const bool blocks = (flags & O_NONBLOCK) == 0;
    if (blocks) fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK);
    const int rc = connect(socket.get(), AsAddress(address), LengthOf(address));
    const int error = errno;
    if (blocks) fcntl(socket.get(), F_SETFL, flags);  // at once, before anybody could wait on it
    if (rc == 0) return Done{};
    if (blocks && error == EINPROGRESS) return Connecting{std::move(socket)};
    if (!blocks || error != EAGAIN) return Failed{error};
    // A unix socket whose queue is full: only a blocking connect waits for room.
    return ConnectAtOnce();
  }
};

}  // namespace

std::string BoundPathOf(const Resolved& name) {
  return Concat(DescriptorName(name.parent.get()).c_str(), "/", name.leaf);
}

Enactment EnactConnect(const Call&, Target& target) {
  auto address = DialledAddress(target.destinations[0]);
  if (!address.ok()) return FailedWith(address.status());
  // Whether a connect waits is a flag of the open description, and the tracee has that too: it can change between our look
  // and our call, whatever we set. So all that might wait is done where it may.
  const bool never_waits = target.type == SOCK_DGRAM || target.domain == AF_NETLINK;
  auto dialling = std::make_shared<Dialling>(
      Dialling{std::move(target.socket), std::move(target.destinations[0]), *std::move(address)});
  if (never_waits) return dialling->ConnectAtOnce();
  return BlockingCall([dialling]() { return dialling->Connect(); });
}

CallResult FinishConnect(int socket) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return Failed{errno};
  if (error != 0) return Failed{error};
  return Done{};
}

CallResult EnactBind(const Call&, const Target& target) {
  const Destination& destination = target.destinations[0];
  std::string address = destination.address;
  if (destination.unix_path.parent) {
    if (destination.unix_path.exists()) return Failed{EADDRINUSE};
    auto bound = UnixPathAddress(BoundPathOf(destination.unix_path));
    if (!bound.ok()) return FailedWith(bound.status());
    address = *std::move(bound);
  }
  if (bind(target.socket.get(), AsAddress(address), LengthOf(address)) < 0) return Failed{errno};
  return Done{};
}

CallResult EnactListen(const Call& call, const Target& target) {
  if (listen(target.socket.get(), call.backlog) < 0) return Failed{errno};
  return Done{};
}

Enactment EnactSend(const Call& call, Target& target) {
  auto sending = std::make_shared<Sending>();
  for (size_t i = 0; i < call.messages.size(); ++i) {
    auto address = DialledAddress(target.destinations[i]);
    if (!address.ok()) return FailedWith(address.status());
    sending->addresses.push_back(*std::move(address));
    if (target.type != SOCK_STREAM && call.messages[i].wanted != call.messages[i].data.size()) {
      return CallResult(Failed{EMSGSIZE});
    }
  }
  sending->socket = std::move(target.socket);
  sending->messages = call.messages;
  sending->destinations = std::move(target.destinations);
  // The kernel would go on reading our copy of the data when it is something else already.
  sending->flags = static_cast<int>(call.message_flags & ~static_cast<uint32_t>(MSG_ZEROCOPY));
  sending->many = call.row->allow_by == AllowBy::kSendMessages;
  sending->vector_address = call.args[1];
  CallResult result;
  if (sending->Step(MSG_DONTWAIT, result)) return result;
  return BlockingCall([sending]() {
    CallResult later;
    sending->Step(0, later);
    return later;
  });
}

CallResult EnactSetLinger(const Call& call, const Target& target) {
  linger lingering = call.lingering;
  if (lingering.l_linger != 0) lingering = {};  // what is left is still sent, and nobody waits for it
  if (setsockopt(target.socket.get(), SOL_SOCKET, SO_LINGER, &lingering, sizeof(lingering)) < 0) return Failed{errno};
  return Done{};
}

CallResult EnactSocketName(const Call& call, const Target& target) {
  const auto full = static_cast<int32_t>(target.socket_name.size());
  const auto fits = static_cast<size_t>(std::min(full, call.out_length));
  std::string length(sizeof(full), '\0');
  std::memcpy(length.data(), &full, sizeof(full));
  Done done;
  done.writes.push_back({call.args[1], target.socket_name.substr(0, fits)});
  done.writes.push_back({call.args[2], std::move(length)});
  return done;
}

}  // namespace usher
