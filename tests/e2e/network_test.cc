// Sockets: what is made inside may be used inside; what is outside is asked about or refused.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/support/box.h"

namespace usher {
namespace {

class NetworkTest : public Box {
 protected:
  // A server of somebody else's on this machine; connections queue up unaccepted.
  int OutsidePort() {
    server_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    EXPECT_EQ(bind(server_.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
    EXPECT_EQ(listen(server_.get(), 16), 0);
    getsockname(server_.get(), reinterpret_cast<sockaddr*>(&name), &size);
    return ntohs(name.sin_port);
  }

  void OutsideSocket(const std::string& path, int type) {
    server_.reset(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    if (path[0] == '@') name.sun_path[0] = '\0';
    const size_t size = offsetof(sockaddr_un, sun_path) + path.size();
    ASSERT_EQ(bind(server_.get(), reinterpret_cast<sockaddr*>(&name), static_cast<socklen_t>(size)), 0);
    if (type == SOCK_STREAM) {
      ASSERT_EQ(listen(server_.get(), 16), 0);
    }
    if (path[0] != '@') {
      ASSERT_EQ(chmod(path.c_str(), 0777), 0);
    }
  }

  Outcome CallWith(const Words& options, const Words& arguments) {
    Call({"descriptors"});
    Words command = {home() + "/.local/bin/sandboxee"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return Usher(options, command);
  }

  UniqueFd server_;
};

TEST_F(NetworkTest, APortOutsideIsAskedAbout) {
  const std::string port = std::to_string(OutsidePort());
  EXPECT_EQ(CallSays({"connect", "127.0.0.1", port}), "EACCES");
  EXPECT_EQ(CallWith(Approver({"net.connect 127.0.0.1:* once"}), {"connect", "127.0.0.1", port}).out, "ok\n");
  ASSERT_EQ(Requests(), 1u);
  EXPECT_EQ(Frames("request")[0]["object"], "127.0.0.1:" + port);
  EXPECT_TRUE(Mentions(Predicate()["network"], "127.0.0.1:" + port)) << Predicate()["network"].dump(1);
}

TEST_F(NetworkTest, APolicyAllowsAPortOutside) {
  const std::string port = std::to_string(OutsidePort());
  Write(root() + "/policy.toml", "version = 1\n[network]\nallow = [\"127.0.0.1:" + port + "\"]\n");
  EXPECT_EQ(CallWith({"-q", "--policy", root() + "/policy.toml"}, {"connect", "127.0.0.1", port}).out, "ok\n");
  EXPECT_EQ(CallWith({"-q", "--policy", root() + "/policy.toml"}, {"connect", "127.0.0.1", "1"}).out, "EACCES\n");
}

TEST_F(NetworkTest, AServerInsideIsReachedFromInside) {
  EXPECT_EQ(CallSays({"local-server"}), "hello");
  ExpectNothingAskedOrDenied();
}

TEST_F(NetworkTest, ListeningForOthersIsAskedAbout) {
  EXPECT_EQ(CallSays({"listen", "127.0.0.1", "0"}), "ok");
  EXPECT_EQ(CallSays({"listen", "0.0.0.0", "0"}), "EACCES");
  EXPECT_EQ(CallWith(Approver({"* 0.0.0.0:* once"}), {"listen", "0.0.0.0", "0"}).out, "ok\n");
}

TEST_F(NetworkTest, MetadataServicesAreDenied) {
  EXPECT_EQ(CallWith(Approver({"* * once"}), {"connect", "169.254.169.254", "80"}).out, "EACCES\n");
  EXPECT_EQ(CallWith(Approver({"* * once"}), {"send-datagram", "169.254.169.254", "80"}).out, "EACCES\n");
  EXPECT_EQ(Requests(), 0u);
  EXPECT_EQ(CallWith(Approver({"* * once"}), {"send-datagram", "127.0.0.1", "9"}).out, "ok\n");
  EXPECT_EQ(Requests(), 1u);
}

TEST_F(NetworkTest, OtherKindsOfSocketsAreRefused) {
  EXPECT_EQ(CallSays({"socket", "1", "1", "0"}), "ok");                // unix
  EXPECT_EQ(CallSays({"socket", "2", "1", "0"}), "ok");                // TCP
  EXPECT_EQ(CallSays({"socket", "16", "3", "0"}), "ok");               // route netlink
  EXPECT_EQ(CallSays({"socket", "16", "3", "9"}), "EPROTONOSUPPORT");  // audit netlink
  EXPECT_EQ(CallSays({"socket", "17", "3", "0"}), "EAFNOSUPPORT");     // packets
  EXPECT_EQ(CallSays({"socket", "40", "1", "0"}), "EAFNOSUPPORT");     // vsock
  EXPECT_EQ(CallSays({"socket", "2", "3", "1"}), "EPERM");             // raw
  EXPECT_EQ(CallSays({"socketpair", "1"}), "ok");                      // unix
  EXPECT_EQ(CallSays({"socketpair", "30"}), "EAFNOSUPPORT");           // TIPC
}

TEST_F(NetworkTest, AConnectThatWaitsHoldsUpNobodyElse) {
  EXPECT_EQ(CallSays({"raced-connect", "full.sock"}), "ok");
}

TEST_F(NetworkTest, ACloseThatLingersHoldsUpNobody) { EXPECT_EQ(CallSays({"linger"}), "ok"); }

TEST_F(NetworkTest, WhatIsSentIsCopied) { EXPECT_EQ(CallSays({"zero-copy"}), "EOPNOTSUPP copied"); }

TEST_F(NetworkTest, UnixSocketsInsideHaveTheirNamesAndPassDescriptors) {
  EXPECT_EQ(CallSays({"unix-server", "server.sock"}), "server.sock server.sock passed");
  EXPECT_EQ(CallSays({"unix-server", work() + "/absolute.sock"}),
            work() + "/absolute.sock " + work() + "/absolute.sock passed");
  EXPECT_EQ(CallSays({"unix-datagrams", "one.sock", "two.sock"}), "ping pong");
  EXPECT_TRUE(Exists(work() + "/one.sock"));
}

// Not where nobody may take descriptors: see ContainerTest.
TEST_F(NetworkTest, AbstractNamesInsideAreDialled) {
  const std::string name = "@usher-test-" + root();
  EXPECT_EQ(CallSays({"unix-server", name}), name + " " + name + " passed");
}

TEST_F(NetworkTest, UnixSocketsOutsideAreRefused) {
  OutsideSocket(work() + "/agent.sock", SOCK_STREAM);
  EXPECT_EQ(CallSays({"unix-connect", "agent.sock"}), "EACCES");
  EXPECT_EQ(CallWith(Approver({"* * once"}), {"unix-connect", "agent.sock"}).out, "EACCES\n");
  OutsideSocket("@usher-outside-" + root(), SOCK_STREAM);
  EXPECT_EQ(CallSays({"unix-connect", "@usher-outside-" + root()}), "EACCES");
  OutsideSocket(work() + "/log.sock", SOCK_DGRAM);
  EXPECT_EQ(CallSays({"unix-sendto", "log.sock"}), "EACCES");
  EXPECT_TRUE(Mentions(Predicate()["denied"], "log.sock")) << Predicate()["denied"].dump(1);
  EXPECT_EQ(CallSays({"unix-connect", "no.sock"}), "ENOENT");
}

TEST_F(NetworkTest, UnixSocketsAreBoundWhereFilesMayBeMade) {
  EXPECT_EQ(CallSays({"unix-bind", "here.sock"}), "ok");
  EXPECT_EQ(CallSays({"unix-bind", home() + "/.config.sock"}), "EACCES");
  EXPECT_EQ(CallSays({"unix-bind", home() + "/.ssh/agent.sock"}), "ENOENT");
  EXPECT_FALSE(Exists(home() + "/.config.sock"));
}

}  // namespace
}  // namespace usher
