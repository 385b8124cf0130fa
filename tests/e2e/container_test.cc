// Below a container's filter nobody may take another's descriptors (pidfd_getfd), and that has to show nowhere but in
// the time it takes: sockets, watches and processes are judged and used as ever, and the receipt says how.

#include <gmock/gmock.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cerrno>

#include "tests/support/box.h"
#include "tests/support/lesser_host.h"

namespace usher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ContainerTest : public Box {
 protected:
  void SetUp() override {
    if (!Mechanism().empty() && Mechanism() != "notify") GTEST_SKIP() << "a traced run needs pidfd_getfd";
    Box::SetUp();
  }
  // Root keeps no capabilities there.
  const char* host() const { return user() == 0 ? "container-root" : "container"; }
  Outcome There(const Words& options, const Words& command) const {
    ProcessSpec spec = UsherSpec(options, command);
    spec.before_exec = [this] { PlayHost(host()); };
    return RunToEnd(spec);
  }
};

TEST_F(ContainerTest, ItIsSaidAndNothingIsWeaker) {
  const Outcome outcome = There({}, {"true"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              HasSubstr("pidfd_getfd refused (EPERM): sockets and watches are handed over by their owner"));
  EXPECT_EQ(Predicate()["sandbox"]["tier"], "full");
  EXPECT_THAT(Predicate()["sandbox"]["engine"].dump(), HasSubstr("seccomp-notify"));
  EXPECT_TRUE(Mentions(Predicate()["sandbox"]["degraded"], "handed over by their owner"));
  EXPECT_EQ(There({"--strict"}, {"touch", "it-ran"}).code, 69);
  EXPECT_FALSE(Exists(work() + "/it-ran"));
}

TEST_F(ContainerTest, DoctorSaysTheSame) {
  ProcessSpec spec = Spec({Binary("usher"), "doctor"});
  spec.before_exec = [this] { PlayHost(host()); };
  EXPECT_THAT(RunToEnd(spec).out, HasSubstr("handed over by their owner"));
  spec.before_exec = [this] {
    PlayHost(host());
    Refuse({SYS_ptrace}, EPERM);
  };
  const std::string without = RunToEnd(spec).out;
  EXPECT_THAT(without, HasSubstr("sockets cannot be judged"));
  EXPECT_THAT(without, Not(HasSubstr("handed over by their owner")));
}

// Where nobody may stop anybody either, calls that need a descriptor fail, as it is said.
TEST_F(ContainerTest, WithoutPtraceSocketsAreRefused) {
  const Words command = {"python3", "-c", "import socket; socket.socket().bind(('127.0.0.1', 0))"};
  EXPECT_EQ(There({"-q"}, command).code, 0) << "the twin";
  ProcessSpec spec = UsherSpec({}, command);
  spec.before_exec = [this] {
    PlayHost(host());
    Refuse({SYS_ptrace}, EPERM);
  };
  const Outcome outcome = RunToEnd(spec);
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("Operation not permitted"));
  EXPECT_TRUE(Mentions(Predicate()["sandbox"]["degraded"], "sockets cannot be judged"));
}

// The one thing that is not to be had: the socket behind a name is with somebody who makes no call.
TEST_F(ContainerTest, AbstractNamesAreRefusedAndPathsAreNot) {
  const std::string script = R"(
import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1].replace("@", "\0")); s.listen()
c = socket.socket(socket.AF_UNIX)
try: c.connect(s.getsockname()); print("connected")
except OSError as e: print(e.strerror)
)";
  EXPECT_EQ(There({"-q"}, {"python3", "-c", script, "@usher-test-" + root()}).out, "Permission denied\n");
  EXPECT_EQ(There({"-q"}, {"python3", "-c", script, "here.sock"}).out, "connected\n") << "the twin";
}

// Many threads at once, with signals in between, and nothing is left over in the program.
TEST_F(ContainerTest, ManyThreadsAndSignalsAtOnce) {
  Write(work() + "/many.py", R"(
import os, signal, socket, threading
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
def work():
    for _ in range(40):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0)); s.listen(); name = s.getsockname()
            with socket.socket() as c:
                c.connect(name); peer = s.accept()[0]; c.sendall(b"x"); assert peer.recv(1) == b"x"; peer.close()
threads = [threading.Thread(target=work) for _ in range(6)]
[t.start() for t in threads]; [t.join() for t in threads]
signal.setitimer(signal.ITIMER_REAL, 0)
print(sorted(os.listdir("/proc/self/fd"))[:3], len(os.listdir("/proc/self/task")))
)");
  timeout = std::chrono::seconds(100);  // each call stops its caller, and a busy machine has little time between two signals
  const Outcome outcome = There({"-q"}, {"python3", "many.py"});
  EXPECT_EQ(outcome.out, "['0', '1', '2'] 1\n") << outcome.err;
}

// Who closes a socket ends the connection: no duplicate is kept.
TEST_F(ContainerTest, WhatIsClosedIsClosed) {
  const Outcome outcome = There({"-q"}, {"python3", "-c", R"(
import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
c = socket.socket(); c.connect(s.getsockname()); p = s.accept()[0]
c.close(); print(p.recv(1))
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); name = s.getsockname(); s.close()
n = socket.socket(); n.bind(name); print("bound again")
)"});
  EXPECT_EQ(outcome.out, "b''\nbound again\n") << outcome.err;
}

TEST_F(ContainerTest, WatchesAndProcessesByDescriptor) {
  const Outcome outcome = There({"-q"}, {"python3", "-c", R"(
import ctypes, os, signal, subprocess
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(os.O_NONBLOCK)
print(libc.inotify_add_watch(fd, b".", 0x100) > 0)
open("made", "w").close(); print(len(os.read(fd, 4096)) > 0)
child = subprocess.Popen(["sleep", "100"])
signal.pidfd_send_signal(os.pidfd_open(child.pid), signal.SIGTERM); print(child.wait())
)"});
  EXPECT_EQ(outcome.out, "True\nTrue\n-15\n") << outcome.err;
}

}  // namespace
}  // namespace usher
