// Processes: those inside may do to each other what they always may; those outside are out of reach and out of sight.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/box.h"

namespace usher {
namespace {

class ProcessTest : public Box {};

TEST_F(ProcessTest, AProcessOutsideIsOutOfReach) {
  ProcessSpec spec = Spec({"sleep", "1000"});
  spec.environment.erase("USHER_TEST_BOX");
  ChildProcess outside(spec);
  const std::string pid = std::to_string(outside.pid());
  EXPECT_EQ(CallSays({"kill", pid, "15"}), "EPERM");
  EXPECT_EQ(CallSays({"kill", "-" + pid, "0"}), "ESRCH") << "no group has this number";
  EXPECT_EQ(CallSays({"kill", "-1", "15"}), "EPERM");
  EXPECT_EQ(CallSays({"tgkill", pid, "15"}), "EPERM");
  EXPECT_EQ(CallSays({"pidfd-open", pid}), "EPERM");
  EXPECT_EQ(CallSays({"attach", pid}), "EPERM");
  EXPECT_EQ(CallSays({"seize", pid}), "EPERM");
  EXPECT_EQ(CallSays({"read-memory", pid}), "ENOENT");
  EXPECT_EQ(CallSays({"open", "/proc/" + pid + "/environ"}), "ENOENT");
  EXPECT_NE(CallSays({"open", "/proc/" + pid + "/root/etc/passwd"}), "ok");
  EXPECT_EQ(CallSays({"open", "/proc/" + pid + "/mem", "b"}), "ENOENT");
  EXPECT_EQ(kill(outside.pid(), 0), 0) << "it was killed";
}

TEST_F(ProcessTest, ProcessesInsideAreInReach) {
  EXPECT_EQ(CallSays({"kill-child"}), "Terminated");
  EXPECT_EQ(CallSays({"kill-child-by-descriptor"}), "EBADF EINVAL Terminated ESRCH");
  // One tracer a thread: where that is Usher, there can be no other.
  EXPECT_EQ(CallSays({"trace-child"}), Mechanism() == "ptrace" ? "EPERM" : "4711 4711");
  EXPECT_EQ(
      Script(
          "sleep 100 & cat /proc/$!/environ | tr '\\0' '\\n' | grep -c USHER_SESSION; kill %1 2>/dev/null || kill $!; "
          "wait $!; echo $?")
          .out,
      "1\n143\n");
  ExpectNothingAskedOrDenied();
}

TEST_F(ProcessTest, UsherItselfIsOutOfReach) {
  const Outcome outcome = Script(
      "p=$PPID; kill -KILL $p && echo killed; cat /proc/$p/environ; ls /proc/$p/fd; "
      "k=$(cut -d' ' -f4 /proc/$p/stat 2>/dev/null); kill -KILL ${k:-$p}; echo alive");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "alive\n");
}

// Who listens is Usher, on the listener's behalf.
TEST_F(ProcessTest, TheProcessOfAPeerIsNotHandedOut) {
  EXPECT_EQ(CallSays({"peer-by-descriptor", "server.sock"}), "ENOPROTOOPT ENOPROTOOPT");
}

TEST_F(ProcessTest, NobodyThereIsNobody) {
  EXPECT_EQ(CallSays({"kill", "4194303", "15"}), "ESRCH");
  EXPECT_EQ(Predicate()["denied"]["calls"], 0);
}

TEST_F(ProcessTest, ProcSelfIsTheCallers) {
  EXPECT_EQ(CallSays({"own-proc"}), "ok");
  EXPECT_EQ(Boxed({"readlink", "/proc/self/cwd"}).out, work() + "\n");
  EXPECT_EQ(Boxed({"cat", "/proc/self/comm"}).out, "cat\n");
  EXPECT_EQ(Script("cat < /dev/stdin < /dev/null; echo hi | cat /dev/stdin; echo x > /dev/stderr").out, "hi\n");
}

TEST_F(ProcessTest, OthersEnvironmentsAreNotToBeSeen) {
  EXPECT_EQ(CallSays({"proc-pids"}), "1");  // its own
}

TEST_F(ProcessTest, EveryWayToStartAProgram) {
  EXPECT_EQ(CallSays({"vfork"}), "echoed\nok");
  EXPECT_EQ(CallSays({"vfork-missing"}), "ENOENT");
  EXPECT_EQ(CallSays({"thread-exec"}), "echoed");
  EXPECT_EQ(CallSays({"spawn", "200"}), "200 ok");
  EXPECT_EQ(CallSays({"thread-open", "/etc/passwd"}), "ok");
  ExpectNothingAskedOrDenied();
}

TEST_F(ProcessTest, ManyAtOnce) {
  EXPECT_EQ(Script("for i in $(seq 100); do (echo $i > f$i; cat f$i; rm f$i) & done | wc -l; wait; ls").out, "100\n");
}

TEST_F(ProcessTest, AFifoJoinsTwoAndStallsNobodyElse) {
  const Outcome outcome = Script(
      "mkfifo p; cat p & sleep 0.2; for i in 1 2 3; do cat /etc/hostname >/dev/null && echo $i; "
      "done; echo through > p; wait");
  EXPECT_EQ(outcome.out, "1\n2\n3\nthrough\n") << outcome.err;
  EXPECT_FALSE(outcome.timed_out);
}

TEST_F(ProcessTest, ABlockedFifoHearsSignals) {
  const Outcome outcome = Script(
      "mkfifo p; (trap 'echo heard; exit 3' TERM; cat p) & sleep 0.3; kill -TERM $!; sleep 0.3; "
      "echo > p & wait $!; timeout 1 cat p; echo $?");
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_NE(outcome.out.find("124"), std::string::npos) << outcome.out << outcome.err;
}

TEST_F(ProcessTest, TwoExecsOfAProcessStallNobodyElse) {
  const int longest = std::atoi(CallSays({"two-execs", "15"}).c_str());
  EXPECT_LT(longest, 2000) << "milliseconds that an unrelated open took";
}

TEST_F(ProcessTest, ALongWriteStallsNobodyElse) {
  // While one program writes much in one call, another changes that file's times: a third has its files meanwhile.
  Write(work() + "/writer.py", R"(import os, threading, time
data = bytearray(150 << 20)
fd = os.open('big', os.O_WRONLY)
took = []
def write():
  start = time.monotonic()
  os.write(fd, data)
  took.append(time.monotonic() - start)
writer = threading.Thread(target=write)
writer.start()
time.sleep(0.02)
threading.Thread(target=lambda: os.utime('big')).start()
longest = 0
while not took:
  start = time.monotonic()
  open('/etc/hostname').close()
  longest = max(longest, time.monotonic() - start)
print('fast' if longest < took[0] / 2 else (longest, took[0]))
)");
  const Outcome outcome = Script("head -c 8000000 /dev/zero > big; python3 writer.py; rm -f big");
  EXPECT_EQ(outcome.out, "fast\n") << outcome.err;
}

TEST_F(ProcessTest, PrivilegedProgramsGainNothing) {
  if (!Exists("/bin/su")) GTEST_SKIP() << "there is no set-user-id program to try";
  const Outcome outcome =
      Script("cp /bin/su . ; stat -c %a su; chmod 4755 su; stat -c %a su; /bin/su -c id root </dev/null; echo $?");
  EXPECT_EQ(outcome.out.find("uid=0(root)") == std::string::npos || as_root(), true) << outcome.out;
}

}  // namespace
}  // namespace usher
