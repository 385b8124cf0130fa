// Every way to start a program: what starts is what would start without Usher, with the same name and arguments.

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/support/box.h"

namespace usher {
namespace {

using ::testing::HasSubstr;

class ExecTest : public Box {
 protected:
  // The same script natively and in the box, in the same workspace: same output, and nothing was asked or refused.
  void ExpectSameSaid(const std::string& script) {
    const Outcome alone = NativeScript("exec 2>&1; " + script);
    const Outcome boxed = Script("exec 2>&1; " + script);
    EXPECT_EQ(boxed.out, alone.out);
    EXPECT_EQ(boxed.code, alone.code);
    EXPECT_NE(alone.out, "");
    ExpectNothingAskedOrDenied();
  }
  bool Has(const std::string& program) const { return NativeScript("command -v " + program).code == 0; }
};

TEST_F(ExecTest, ChainsOfInterpreters) {
  Write(work() + "/deepest", "#!/bin/sh\necho \"$0 $*\"\n", 0755);
  Write(work() + "/middle", "#!" + work() + "/deepest of middle\n", 0755);
  Write(work() + "/top", "#!" + work() + "/middle of top\n", 0755);
  Write(work() + "/relative", "#!./deepest rel\n", 0755);
  Write(work() + "/by-env", "#!/usr/bin/env -S sh -c 'echo by env $0 $*'\n", 0755);
  Write(work() + "/no-end", "#!/bin/echo", 0755);
  Write(work() + "/missing", "#!/no/such/thing\n", 0755);
  Write(work() + "/itself", "#!" + work() + "/itself\n", 0755);
  Write(work() + "/spaces", "#!   /bin/echo    two words  \n", 0755);
  ExpectSameSaid(
      "for p in deepest middle top relative by-env no-end missing itself spaces; do ./$p a 'b c'; echo $?; done");
}

TEST_F(ExecTest, ScriptsWithoutInterpreter) {
  Write(work() + "/plain", "echo plain \"$0\" \"$@\"\n", 0755);
  ExpectSameSaid(
      "./plain a b; env ./plain c; PATH=.:$PATH plain d; nice ./plain e; "
      "python3 -c \"import os; os.execvp('./plain', ['plain'])\"; echo $?");
}

TEST_F(ExecTest, TheLoaderAsAProgram) {
  const std::string loader =
      NativeScript("ls /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.* 2>/dev/null | head -1 | tr -d '\\n'").out;
  if (loader.empty()) GTEST_SKIP() << "no loader of glibc here";
  ExpectSameSaid(loader + " /bin/echo by the loader; cp /bin/echo mine; " + loader + " ./mine and mine; " + loader +
                 " ./none; echo $?");
}

TEST_F(ExecTest, ByDescriptor) {
  Write(work() + "/script", "#!/bin/cat\nthe script\n", 0755);
  Write(work() + "/by.py", R"(import os, sys
how, path = sys.argv[1:3]
flags = os.O_RDONLY if how == 'read' else os.O_PATH
fd = os.open(path, flags)
os.set_inheritable(fd, path == 'script')  # its interpreter opens it again
os.execve(fd, ['name', how], {})
)");
  // No library function leads to execveat(2) with a directory.
  Write(work() + "/at.py", R"(import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
words = (ctypes.c_char_p * 3)(b'name', b'word', None)
directory = os.open('.', os.O_RDONLY | os.O_DIRECTORY)
os.set_inheritable(directory, True)
libc.syscall(322 if os.uname().machine == 'x86_64' else 281, directory, b'script', words, (ctypes.c_char_p * 1)(None), 0)
print(os.strerror(ctypes.get_errno()))
)");
  ExpectSameSaid(
      "for how in read path; do python3 by.py $how /bin/echo; python3 by.py $how script; done; python3 at.py");
}

// A program that has no name anywhere: nobody can say what it is, so it is a question.
TEST_F(ExecTest, AProgramInMemoryIsAskedAbout) {
  Write(work() + "/memory.py", R"(import os
fd = os.memfd_create('x')
os.write(fd, open('/bin/echo', 'rb').read())
try: os.execve(fd, ['echo', 'from memory'], {})
except OSError as error: print(error.errno)
)");
  EXPECT_EQ(NativeScript("/usr/bin/python3 memory.py").out, "from memory\n");
  EXPECT_EQ(Script("/usr/bin/python3 memory.py").out, "13\n");
}

TEST_F(ExecTest, FromOtherLanguages) {
  Write(work() + "/starts.py", R"(import os, subprocess, multiprocessing
for close_fds in (True, False):
  print(subprocess.run(['/bin/echo', 'spawned', str(close_fds)], close_fds=close_fds, capture_output=True, text=True).stdout.strip())
pid = os.posix_spawn('/bin/true', ['true'], {})
print(os.waitpid(pid, 0)[1])
multiprocessing.set_start_method('spawn')
print(os.system('exit 3') >> 8)
try: subprocess.run(['./none'])
except FileNotFoundError: print('none')
)");
  ExpectSameSaid("python3 starts.py");
  if (Has("node")) {
    Write(work() + "/starts.js", R"(const {spawnSync, execSync, spawn} = require('child_process');
console.log(spawnSync('/bin/echo', ['spawned']).stdout.toString().trim());
console.log(execSync('echo by shell').toString().trim());
console.log(spawnSync('./none').error.code);
spawn('sh', ['-c', 'exit 5']).on('exit', code => console.log(code));
)");
    ExpectSameSaid("node starts.js");
  }
  if (Has("java")) {
    Write(work() + "/Starts.java", R"(public class Starts {
  public static void main(String[] words) throws Exception {
    for (int i = 0; i < 3; ++i) {
      Process process = new ProcessBuilder("/bin/echo", "spawned").redirectErrorStream(true).start();
      System.out.print(new String(process.getInputStream().readAllBytes()));
      System.out.println(process.waitFor());
    }
    try { new ProcessBuilder("./none").start(); } catch (java.io.IOException error) { System.out.println("none"); }
  }
}
)");
    const bool compiles = NativeScript("javac -d . Starts.java 2>/dev/null").code == 0;
    if (compiles) ExpectSameSaid("java -XX:-UsePerfData -cp . Starts");
  }
}

TEST_F(ExecTest, FromAThreadThatDoesNotLead) {
  Write(work() + "/thread.py", R"(import os, threading, time
def busy():
  while True: open('/etc/hostname').close()
for _ in range(3): threading.Thread(target=busy, daemon=True).start()
threading.Thread(target=lambda: os.execv('/bin/sh', ['sh', '-c', 'echo $$ = $(cut -d" " -f1 /proc/self/stat | wc -l) $0', 'x'])).start()
time.sleep(20)
)");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Script("/usr/bin/python3 thread.py").out, HasSubstr(" = 1 x"));
}

TEST_F(ExecTest, SetIdBitsGiveNothing) {
  const Outcome outcome = Script(
      "cp /usr/bin/id mine; chmod 6755 mine 2>/dev/null; ./mine -u; ./mine -ru; ls /usr/bin/su >/dev/null && echo "
      "there");
  const std::string own = std::to_string(user()) + "\n";
  EXPECT_EQ(outcome.out, own + own + "there\n") << outcome.err;
}

TEST_F(ExecTest, LongArgumentsArriveWhole) {
  ExpectSameSaid(
      "/bin/echo $(seq 20000) | md5sum; env -i A=$(seq -s, 9000) /usr/bin/env | md5sum; "
      "/bin/echo \"$(head -c 131000 /dev/zero | tr '\\0' x)\" | wc -c");
}

TEST_F(ExecTest, DebuggersWhileProgramsStart) {
  SKIP_WHERE_ALL_ARE_TRACED();
  if (!Has("strace") || !Has("gdb")) GTEST_SKIP() << "no debugger here";
  Write(work() + "/chain", "#!/bin/sh\nenv true && exec /bin/echo chained \"$1\"\n", 0755);
  const Outcome outcome = Script(
      "for i in 1 2 3 4; do (strace -f -o /dev/null ./chain $i; ./chain free$i) & done; wait; "
      "gdb -q -batch -nx -ex 'set startup-with-shell off' -ex 'set follow-fork-mode child' -ex 'catch exec' -ex run "
      "-ex continue -ex continue --args /usr/bin/env ./chain 5 2>&1 | grep -c -E 'Catchpoint|chained 5'");
  for (const char* said :
       {"chained 1\n", "chained 2\n", "chained 3\n", "chained 4\n", "chained free1\n", "chained free4\n"}) {
    EXPECT_THAT(outcome.out, HasSubstr(said)) << outcome.err;
  }
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_NE(std::atoi(outcome.out.substr(outcome.out.rfind('\n', outcome.out.size() - 2) + 1).c_str()), 0)
      << outcome.out;
}

}  // namespace
}  // namespace usher
