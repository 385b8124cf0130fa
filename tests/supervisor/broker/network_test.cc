#include "supervisor/broker/network.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

#include "policies/text.h"
#include "supervisor/syscalls/socket_address.h"
#include "tests/supervisor/broker/broker_case.h"

namespace usher {
namespace {

using ::testing::SizeIs;

constexpr uint64_t kVector = 0x7000;  // where the tracee's mmsghdr array would be

class NetworkTest : public BrokerTest {
 protected:
  static UniqueFd Socket(int domain, int type) { return UniqueFd(socket(domain, type | SOCK_CLOEXEC, 0)); }
  static std::string Loopback(uint16_t port) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return {reinterpret_cast<const char*>(&in), sizeof(in)};
  }
  static uint16_t PortOf(const UniqueFd& socket) {
    sockaddr_in in{};
    socklen_t size = sizeof(in);
    getsockname(socket.get(), reinterpret_cast<sockaddr*>(&in), &size);
    return ntohs(in.sin_port);
  }
  static UniqueFd Bound(int type) {
    UniqueFd socket = Socket(AF_INET, type);
    const std::string any = Loopback(0);
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(any.data()), static_cast<socklen_t>(any.size())), 0);
    return socket;
  }
  UniqueFd BoundUnix(int type, const std::string& name) const {
    UniqueFd socket = Socket(AF_UNIX, type);
    const std::string address = *UnixPathAddress(root_ / name);
    EXPECT_EQ(
        bind(socket.get(), reinterpret_cast<const sockaddr*>(address.data()), static_cast<socklen_t>(address.size())),
        0);
    return socket;
  }
  static Target On(const UniqueFd& socket, Destination destination) {
    Target target;
    target.socket.reset(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    socklen_t size = sizeof(int);
    getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &target.domain, &size);
    getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &target.type, &size);
    target.destinations.push_back(std::move(destination));
    return target;
  }
  static Destination To(std::string address) { return {.address = std::move(address)}; }
  Destination ToUnix(const std::string& name) const {
    Destination destination = To("as the tracee spelled it");
    destination.unix_path = At(name);
    return destination;
  }
  static bool Nonblocking(const UniqueFd& socket) { return (fcntl(socket.get(), F_GETFL) & O_NONBLOCK) != 0; }
  static std::string Received(const UniqueFd& socket) {
    char buffer[1024];
    const ssize_t got = recv(socket.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    return got < 0 ? "nothing" : std::string(buffer, static_cast<size_t>(got));
  }
  // How a connect ends that was handed to a worker.
  static CallResult Connected(Enactment enactment) {
    EXPECT_TRUE(Blocks(enactment)) << "the loop waits for nobody";
    CallResult result = Blocks(enactment) ? std::get<BlockingCall>(enactment)() : CallResult(Failed{-1});
    auto* connecting = std::get_if<Connecting>(&result);
    if (connecting == nullptr) return result;
    pollfd fd{connecting->socket.get(), POLLOUT, 0};
    EXPECT_EQ(poll(&fd, 1, 20'000), 1);
    return FinishConnect(connecting->socket.get());
  }
  static int ErrorIn(const CallResult& result) {
    const auto* failed = std::get_if<Failed>(&result);
    return failed == nullptr ? 0 : failed->error;
  }
  static int64_t ValueOf(const Enactment& enactment) {
    const auto* result = std::get_if<CallResult>(&enactment);
    const auto* done = result == nullptr ? nullptr : std::get_if<Done>(result);
    return done == nullptr ? -1 : done->value;
  }
};

TEST_F(NetworkTest, ConnectThatWaits) {
  const UniqueFd listener = Bound(SOCK_STREAM), socket = Socket(AF_INET, SOCK_STREAM);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  EXPECT_EQ(ErrorIn(Connected(Do(CallOf("connect"), On(socket, To(Loopback(PortOf(listener))))))), 0);
  EXPECT_FALSE(Nonblocking(socket)) << "the flag is the tracee's too";
  EXPECT_GE(UniqueFd(accept(listener.get(), nullptr, nullptr)).get(), 0);
}

TEST_F(NetworkTest, ConnectToNobody) {
  uint16_t port;
  {
    const UniqueFd closed = Bound(SOCK_STREAM);
    port = PortOf(closed);
  }
  const UniqueFd socket = Socket(AF_INET, SOCK_STREAM);
  EXPECT_EQ(ErrorIn(Connected(Do(CallOf("connect"), On(socket, To(Loopback(port)))))), ECONNREFUSED);
}

// Whether it waits is not ours to say: the flag can change any moment.
TEST_F(NetworkTest, ConnectThatDoesNotWait) {
  const UniqueFd listener = Bound(SOCK_STREAM), socket = Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  Enactment enactment = Do(CallOf("connect"), On(socket, To(Loopback(PortOf(listener)))));
  ASSERT_TRUE(Blocks(enactment));
  const int error = ErrorIn(std::get<BlockingCall>(enactment)());
  EXPECT_TRUE(error == EINPROGRESS || error == 0) << error;
  EXPECT_TRUE(Nonblocking(socket));
}

TEST_F(NetworkTest, ADatagramSocketIsConnectedAtOnce) {
  const UniqueFd receiver = Bound(SOCK_DGRAM), sender = Socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(ErrorOf(Do(CallOf("connect"), On(sender, To(Loopback(PortOf(receiver)))))), 0);
}

TEST_F(NetworkTest, ConnectWithAnEmptyOrOddAddress) {
  const UniqueFd socket = Socket(AF_INET, SOCK_STREAM);
  EXPECT_EQ(ErrorIn(Connected(Do(CallOf("connect"), On(socket, To(""))))), EINVAL);
  EXPECT_EQ(ErrorIn(Connected(Do(CallOf("connect"), On(socket, To(Loopback(1).substr(0, 7)))))), EINVAL);
}

TEST_F(NetworkTest, UnixConnectReachesTheFileThatWasJudged) {
  const UniqueFd judged = BoundUnix(SOCK_STREAM, "s");
  ASSERT_EQ(listen(judged.get(), 4), 0);
  Destination destination = ToUnix("s");
  ASSERT_EQ(rename((root_ / "s").c_str(), (root_ / "moved").c_str()), 0);
  const UniqueFd other = BoundUnix(SOCK_STREAM, "s");
  ASSERT_EQ(listen(other.get(), 4), 0);
  const UniqueFd socket = Socket(AF_UNIX, SOCK_STREAM);
  EXPECT_EQ(ErrorIn(Connected(Do(CallOf("connect"), On(socket, std::move(destination))))), 0);
  fcntl(judged.get(), F_SETFL, O_NONBLOCK);
  EXPECT_GE(UniqueFd(accept(judged.get(), nullptr, nullptr)).get(), 0);
}

TEST_F(NetworkTest, AFullQueueIsWaitedForElsewhere) {
  const UniqueFd listener = BoundUnix(SOCK_STREAM, "s");
  ASSERT_EQ(listen(listener.get(), 0), 0);
  const UniqueFd first = Socket(AF_UNIX, SOCK_STREAM), second = Socket(AF_UNIX, SOCK_STREAM),
                 impatient = Socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_EQ(ErrorIn(Connected(Do(CallOf("connect"), On(first, ToUnix("s"))))), 0);
  EXPECT_EQ(ErrorIn(Connected(Do(CallOf("connect"), On(impatient, ToUnix("s"))))), EAGAIN);
  Enactment waiting = Do(CallOf("connect"), On(second, ToUnix("s")));
  ASSERT_TRUE(Blocks(waiting));
  EXPECT_FALSE(Nonblocking(second));
  EXPECT_GE(UniqueFd(accept(listener.get(), nullptr, nullptr)).get(), 0);
  const CallResult result = std::get<BlockingCall>(waiting)();
  EXPECT_TRUE(std::holds_alternative<Done>(result));
}

TEST_F(NetworkTest, BindAndListen) {
  const UniqueFd socket = Socket(AF_INET, SOCK_STREAM);
  EXPECT_EQ(ErrorOf(Do(CallOf("bind"), On(socket, To(Loopback(0))))), 0);
  EXPECT_NE(PortOf(socket), 0);
  Call call = CallOf("listen");
  call.backlog = 3;
  EXPECT_EQ(ErrorOf(Do(call, On(socket, To("")))), 0);
  const UniqueFd second = Socket(AF_INET, SOCK_STREAM);
  EXPECT_EQ(ErrorOf(Do(CallOf("bind"), On(second, To(Loopback(PortOf(socket)))))), EADDRINUSE);
  EXPECT_EQ(ErrorOf(Do(call, On(Socket(AF_INET, SOCK_DGRAM), To("")))), EOPNOTSUPP);
}

TEST_F(NetworkTest, UnixBindStandsWhereItWasJudged) {
  const UniqueFd socket = Socket(AF_UNIX, SOCK_STREAM);
  Destination destination = To("asked");
  destination.unix_path = At("s");
  const std::string bound = BoundPathOf(destination.unix_path);
  EXPECT_EQ(ErrorOf(Do(CallOf("bind"), On(socket, std::move(destination)), 077)), 0);
  EXPECT_EQ(ModeOf("s"), S_IFSOCK | 0700u) << "the caller's umask";
  sockaddr_un name{};
  socklen_t size = sizeof(name);
  ASSERT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
  EXPECT_EQ(std::string(name.sun_path), bound);
  Destination again = To("asked");
  again.unix_path = At("s");
  EXPECT_EQ(ErrorOf(Do(CallOf("bind"), On(Socket(AF_UNIX, SOCK_STREAM), std::move(again)))), EADDRINUSE);
  Destination longest = To("asked");
  longest.unix_path = At(std::string(120, 'x'));
  EXPECT_EQ(ErrorOf(Do(CallOf("bind"), On(Socket(AF_UNIX, SOCK_STREAM), std::move(longest)))), EINVAL);
}

// The last close of a socket may be ours: it waits for nobody, however the tracee wants it.
TEST_F(NetworkTest, NoCloseLingers) {
  const UniqueFd socket = Socket(AF_INET, SOCK_STREAM);
  const std::pair<linger, linger> cases[] = {{{1, 0}, {1, 0}}, {{1, 30}, {0, 0}}, {{1, 0}, {1, 0}}, {{0, 0}, {0, 0}}};
  for (const auto& [asked, set] : cases) {
    Call call = CallOf("setsockopt");
    call.lingering = asked;
    EXPECT_EQ(ErrorOf(Do(call, On(socket, {}))), 0);
    linger now{};
    socklen_t size = sizeof(now);
    getsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, &size);
    EXPECT_EQ(now.l_onoff, set.l_onoff);
    EXPECT_EQ(now.l_linger, set.l_linger);
  }
}

TEST_F(NetworkTest, Datagrams) {
  const UniqueFd receiver = Bound(SOCK_DGRAM), sender = Socket(AF_INET, SOCK_DGRAM);
  Call call = CallOf("sendto");
  call.messages.push_back({.data = "hello", .wanted = 5});
  EXPECT_EQ(ValueOf(Do(call, On(sender, To(Loopback(PortOf(receiver)))))), 5);
  EXPECT_EQ(Received(receiver), "hello");
  EXPECT_EQ(ErrorOf(Do(call, On(sender, To("")))), EDESTADDRREQ);
  call.messages[0].data = "";
  call.messages[0].wanted = 0;
  EXPECT_EQ(ValueOf(Do(call, On(sender, To(Loopback(PortOf(receiver)))))), 0);
  EXPECT_EQ(Received(receiver), "") << "an empty datagram is one";
}

// The kernel would send from our memory, whatever is in there by then.
TEST_F(NetworkTest, NothingIsSentWithoutACopy) {
  const UniqueFd receiver = Bound(SOCK_DGRAM), sender = Socket(AF_INET, SOCK_DGRAM);
  const int on = 1;
  ASSERT_EQ(setsockopt(sender.get(), SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)), 0);
  Call call = CallOf("sendto");
  call.message_flags = MSG_ZEROCOPY;
  call.messages.push_back({.data = "hello", .wanted = 5});
  EXPECT_EQ(ValueOf(Do(call, On(sender, To(Loopback(PortOf(receiver)))))), 5);
  EXPECT_EQ(Received(receiver), "hello");
  char control[128];
  msghdr header{};
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  EXPECT_LT(recvmsg(sender.get(), &header, MSG_ERRQUEUE | MSG_DONTWAIT), 0) << "a notification of zero-copy";
}

// Why Meaning refuses AF_UNSPEC in a send: to the kernel it is as good as AF_INET.
TEST_F(NetworkTest, AnUnspecifiedFamilyReachesAnInternetHost) {
  const UniqueFd receiver = Bound(SOCK_DGRAM), sender = Socket(AF_INET, SOCK_DGRAM);
  std::string address = Loopback(PortOf(receiver));
  address[0] = address[1] = '\0';
  Call call = CallOf("sendto");
  call.messages.push_back({.data = "hello", .wanted = 5});
  EXPECT_EQ(ValueOf(Do(call, On(sender, To(address)))), 5);
  EXPECT_EQ(Received(receiver), "hello");
}

TEST_F(NetworkTest, ADatagramGoesWholeOrNotAtAll) {
  const UniqueFd receiver = Bound(SOCK_DGRAM), sender = Socket(AF_INET, SOCK_DGRAM);
  Call call = CallOf("sendto");
  call.messages.push_back({.data = "cut", .wanted = 4});
  EXPECT_EQ(ErrorOf(Do(call, On(sender, To(Loopback(PortOf(receiver)))))), EMSGSIZE);
  EXPECT_EQ(Received(receiver), "nothing");
}

TEST_F(NetworkTest, ManyMessagesAndTheirLengths) {
  const UniqueFd receiver = Bound(SOCK_DGRAM), sender = Socket(AF_INET, SOCK_DGRAM);
  Call call = CallOf("sendmmsg");
  call.args[1] = kVector;
  call.messages.push_back({.data = "one", .wanted = 3});
  call.messages.push_back({.data = "three", .wanted = 5});
  Target target = On(sender, To(Loopback(PortOf(receiver))));
  target.destinations.push_back(To(Loopback(PortOf(receiver))));
  const Enactment enactment = Enact(call, target, 0);
  EXPECT_EQ(ValueOf(enactment), 2);
  EXPECT_EQ(Received(receiver), "one");
  EXPECT_EQ(Received(receiver), "three");
  const auto& writes = std::get<Done>(std::get<CallResult>(enactment)).writes;
  ASSERT_THAT(writes, SizeIs(2));
  uint32_t length;
  std::memcpy(&length, writes[1].bytes.data(), sizeof(length));
  EXPECT_EQ(length, 5u);
  EXPECT_EQ(writes[0].address, kVector + offsetof(mmsghdr, msg_len));
  EXPECT_EQ(writes[1].address, kVector + sizeof(mmsghdr) + offsetof(mmsghdr, msg_len));
}

TEST_F(NetworkTest, WhatWasSentBeforeAFailureCounts) {
  const UniqueFd receiver = Bound(SOCK_DGRAM), sender = Socket(AF_INET, SOCK_DGRAM);
  Call call = CallOf("sendmmsg");
  call.messages.push_back({.data = "one", .wanted = 3});
  call.messages.push_back({.data = "two", .wanted = 3});
  Target target = On(sender, To(Loopback(PortOf(receiver))));
  target.destinations.push_back(To(""));
  EXPECT_EQ(ValueOf(Enact(call, target, 0)), 1);
  Target reversed = On(sender, To(""));
  reversed.destinations.push_back(To(Loopback(PortOf(receiver))));
  EXPECT_EQ(ErrorOf(Enact(call, reversed, 0)), EDESTADDRREQ);
  EXPECT_EQ(ValueOf(Do(
                [] {
                  Call none = CallOf("sendmmsg");
                  return none;
                }(),
                On(sender, To("")))),
            0);
}

TEST_F(NetworkTest, DescriptorsTravel) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd sender(pair[0]), receiver(pair[1]);
  Destination destination;
  destination.passed.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  auto* header = reinterpret_cast<cmsghdr*>(control);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = destination.passed[0].get();
  std::memcpy(CMSG_DATA(header), &number, sizeof(number));
  destination.control.assign(control, sizeof(control));
  Call call = CallOf("sendmsg");
  call.messages.push_back({.data = "x", .wanted = 1});
  EXPECT_EQ(ValueOf(Do(call, On(sender, std::move(destination)))), 1);

  char byte;
  iovec vector{&byte, 1};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ASSERT_EQ(recvmsg(receiver.get(), &message, MSG_CMSG_CLOEXEC), 1);
  ASSERT_NE(CMSG_FIRSTHDR(&message), nullptr);
  int received;
  std::memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(received));
  const UniqueFd arrived(received);
  struct stat ours, theirs;
  ASSERT_EQ(fstat(arrived.get(), &theirs), 0);
  ASSERT_EQ(stat("/dev/null", &ours), 0);
  EXPECT_EQ(theirs.st_rdev, ours.st_rdev);
}

TEST_F(NetworkTest, AFullSocketIsWaitedForElsewhere) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd sender(pair[0]), receiver(pair[1]);
  const std::string filler(65536, 'f');
  while (send(sender.get(), filler.data(), filler.size(), MSG_DONTWAIT) > 0) continue;
  Call call = CallOf("sendmsg");
  call.messages.push_back({.data = "x", .wanted = 1});
  Enactment waiting = Do(call, On(sender, To("")));
  EXPECT_TRUE(Blocks(waiting));
  call.message_flags = MSG_DONTWAIT;
  EXPECT_EQ(ErrorOf(Do(call, On(sender, To("")))), EAGAIN);
  std::string drain(1 << 20, '\0');
  while (recv(receiver.get(), drain.data(), drain.size(), MSG_DONTWAIT) > 0) continue;
  const CallResult result = std::get<BlockingCall>(waiting)();
  EXPECT_TRUE(std::holds_alternative<Done>(result));
}

TEST_F(NetworkTest, ABrokenPipeEndsNobodyHere) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd sender(pair[0]);
  close(pair[1]);
  Call call = CallOf("sendmsg");
  call.messages.push_back({.data = "x", .wanted = 1});
  EXPECT_EQ(ErrorOf(Do(call, On(sender, To("")))), EPIPE);
}

TEST_F(NetworkTest, NamesAreCutToTheRoomThereIs) {
  Call call = CallOf("getsockname");
  call.args = {3, 0x1000, 0x2000};
  Target target;
  target.socket_name = "0123456789";
  for (const int32_t room : {0, 4, 10, 100}) {
    call.out_length = room;
    const Enactment enactment = Enact(call, target, 0);
    const auto& writes = std::get<Done>(std::get<CallResult>(enactment)).writes;
    ASSERT_THAT(writes, SizeIs(2));
    EXPECT_EQ(writes[0].bytes, target.socket_name.substr(0, static_cast<size_t>(room)));
    int32_t told;
    std::memcpy(&told, writes[1].bytes.data(), sizeof(told));
    EXPECT_EQ(told, 10) << "its whole length, as the kernel tells it";
    EXPECT_EQ(writes[1].address, 0x2000u);
  }
}

}  // namespace
}  // namespace usher
