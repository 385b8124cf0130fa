// What people do all day: the same result in the box as without it, and nobody is asked.

#include "tests/support/box.h"

namespace usher {
namespace {

class WorkloadTest : public Box {
 protected:
  static bool Has(const std::string& program) {
    return system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
  }
};

#define SKIP_WITHOUT(program) \
  if (!Has(program)) GTEST_SKIP() << "there is no " << program << " on this machine"

constexpr char kProject[] = R"(
mkdir -p src/deep/er
for i in 1 2 3 4 5 6 7 8 9; do echo "int f$i(void) { return $i; }  /* needle $i */" > src/f$i.c; done
echo 'needle' > src/deep/er/note.txt
ln -s deep/er/note.txt src/link
{ echo 'objects = $(patsubst %.c,%.o,$(wildcard src/*.c))'
  echo 'all: $(objects)'
  printf '%%.o: %%.c\n\t$(CC) -c -o $@ $<\n'; } > Makefile
)";

// A configuration of git can name programs that run outside, and so can what a ".git" file or a worktree's "commondir"
// points to: a new one is asked about, and nothing else is.
TEST_F(WorkloadTest, Git) {
  SKIP_WITHOUT("git");
  boxed_options = Approver(
      {"* */down/.git/config session", "* */tree/.git session", "* */down/.git/worktrees/tree/commondir session"});
  ExpectSameAsNative(
      "git init -q -b main up; cd up; echo one > a; mkdir d; echo two > d/b; git add -A; git commit -qm one",
      "set -e; git clone -q up down; cd down; git config --get user.name || true; echo three >> a; "
      "git checkout -q -b topic; git commit -qam two; git branch; git worktree add -q ../tree main; "
      "cd ../tree; git status --short --branch; git log --oneline; cd ../down; git merge-base main topic; "
      "git stash list; git diff main topic; rm d/b; git status --short; git checkout -q d/b; git gc -q; "
      "git fsck --no-progress; git status --short",
      {.without = {"/index", "/objects", "/FETCH_HEAD"}});
  ASSERT_EQ(Requests(), 3u);
  EXPECT_EQ(Frames("request")[0]["object"], work() + "/down/.git/config");
  EXPECT_EQ(Frames("request")[1]["object"], work() + "/tree/.git");
  EXPECT_EQ(Frames("request")[2]["object"], work() + "/down/.git/worktrees/tree/commondir");
}

TEST_F(WorkloadTest, GitInTheRepositoryItself) {
  SKIP_WITHOUT("git");
  ExpectSameAsNative(
      "git init -q -b main; echo one > a; git add a; git commit -qm one",
      "set -e; echo two > a; git add a; git commit -qm two; git tag t; git checkout -q -b side HEAD~1; "
      "echo b > b; git add b; git commit -qm b; git rebase -q main; git checkout -q main; git merge -q side; "
      "git log --oneline; git reset -q --hard HEAD~1; git reflog | wc -l; git stash; git status");
}

// A workspace that is a linked worktree writes into the repository that it belongs to, and into nothing else.
TEST_F(WorkloadTest, GitInALinkedWorktree) {
  SKIP_WITHOUT("git");
  MakeDirectory(root() + "/linked");
  ASSERT_EQ(NativeScript("rm -rf .git; git init -q -b main; echo one > a; git add a; git commit -qm one; "
                         "git worktree add -q -b side ../linked")
                .code,
            0);
  ProcessSpec spec =
      UsherSpec({"-q"}, {"sh", "-c", "echo two > a; git commit -qam two; git log --oneline; git status --short"});
  spec.directory = root() + "/linked";
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("two"), std::string::npos) << outcome.out << outcome.err;
  ExpectNothingAskedOrDenied();
  spec.argv.back() = "echo x > ../work/a";
  EXPECT_NE(RunToEnd(spec).code, 0);
  EXPECT_EQ(Read(work() + "/a"), "one\n");
}

TEST_F(WorkloadTest, TarFindGrepAndSed) {
  ExpectSameAsNative(
      kProject,
      "set -e; tar czf all.tgz --sort=name --mtime=@0 src; mkdir out; tar xzf all.tgz -C out; rm all.tgz; "
      "diff -r src out/src; find . -name '*.c' | sort; find out -type l -printf '%p %l\\n'; "
      "grep -rn needle src | sort; sed -i 's/needle/thread/' src/f3.c; grep -c thread src/f3.c; "
      "cp -a src copy; mv copy moved; touch -d @1000000000 moved/f1.c; stat -c %Y moved/f1.c; du -s --apparent-size "
      "src | wc -l");
}

TEST_F(WorkloadTest, VimInExMode) {
  SKIP_WITHOUT("vim");
  ExpectSameAsNative("printf 'one\\ntwo\\n' > f", "vim -es -u NONE -c '%s/two/three/' -c 'wq' f; cat f");
}

TEST_F(WorkloadTest, MakeInParallel) {
  SKIP_WITHOUT("make");
  ExpectSameAsNative(kProject, "make -j4 | sort; make -j4; ls src/*.o | wc -l");
}

TEST_F(WorkloadTest, CmakeBuildsAndRunsAProgram) {
  SKIP_WITHOUT("cmake");
  const std::string prepare = R"(
echo 'cmake_minimum_required(VERSION 3.20)
project(hello CXX)
add_executable(hello hello.cc)' > CMakeLists.txt
echo '#include <iostream>
int main() { std::cout << "hello\n"; }' > hello.cc)";
  timeout = std::chrono::seconds(120);
  ExpectSameAsNative(prepare, "cmake -S . -B build >/dev/null && cmake --build build >/dev/null && build/hello",
                     {.without = {"/CMakeFiles"}, .names_only = {"/CMakeCache.txt", "/Makefile", "/hello"}});
}

TEST_F(WorkloadTest, PythonEnvironmentAndTests) {
  SKIP_WITHOUT("/usr/bin/python3");
  const std::string prepare = R"(
mkdir tests; touch tests/__init__.py
echo 'import unittest
class T(unittest.TestCase):
    def test(self): self.assertEqual(1 + 1, 2)' > tests/test_sum.py)";
  timeout = std::chrono::seconds(120);
  ExpectSameAsNative(prepare,
                     "/usr/bin/python3 -m venv env >/dev/null && env/bin/python -c 'import sys; print(sys.prefix)' && "
                     "env/bin/python -m unittest -q 2>&1 | tail -n 1; env/bin/pip --version | cut -c1-4",
                     {.without = {"/__pycache__"}, .names_only = {}});
}

TEST_F(WorkloadTest, PythonMultiprocessing) {
  SKIP_WITHOUT("/usr/bin/python3");
  const std::string prepare = R"(echo 'import multiprocessing as m, sys
def square(x): return x * x
if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        with m.get_context(method).Pool(3) as pool: print(method, pool.map(square, range(5)))
    queue = m.get_context("forkserver").Queue(); queue.put("through a queue"); print(queue.get())
    with m.Manager() as manager:
        shared = manager.list([1]); shared.append(2); print(list(shared))' > pool.py)";
  ExpectSameAsNative(prepare, "/usr/bin/python3 pool.py");
}

TEST_F(WorkloadTest, Node) {
  SKIP_WITHOUT("node");
  ExpectSameAsNative(
      "echo 'const fs = require(\"fs\"), cp = require(\"child_process\"); fs.writeFileSync(\"f\", \"x\"); "
      "console.log(fs.readFileSync(\"f\", \"utf8\"), cp.execSync(\"echo child\").toString().trim()); "
      "const {Worker} = require(\"worker_threads\"); new Worker(\"console.log(1 + 1)\", {eval: true});' > a.js",
      "node a.js");
}

TEST_F(WorkloadTest, NodeServerAndClientOnTheLoopback) {
  SKIP_WITHOUT("node");
  ExpectSameAsNative(
      "echo 'const h = require(\"http\"); const s = h.createServer((q, r) => r.end(\"served\")).listen(0, "
      "\"127.0.0.1\", () => h.get({port: s.address().port, host: \"127.0.0.1\"}, r => { r.on(\"data\", d => "
      "console.log(d.toString())); r.on(\"end\", () => s.close()); }));' > s.js",
      "node s.js");
}

TEST_F(WorkloadTest, GdbOnAChild) {
  SKIP_WHERE_ALL_ARE_TRACED();
  SKIP_WITHOUT("gdb");
  SKIP_WITHOUT("gcc");
  ExpectSameAsNative(
      "echo 'int twice(int x) { return x * 2; } int main() { return twice(21); }' > p.c; gcc -g -o p p.c",
      "gdb -nx -q -batch -ex 'break twice' -ex run -ex 'print x' -ex finish -ex continue ./p 2>&1 | "
      "grep -E '^\\$1|^Value returned|exited with code' | sed 's/(process [0-9]*)//'");
}

TEST_F(WorkloadTest, StraceOnAChild) {
  SKIP_WHERE_ALL_ARE_TRACED();
  SKIP_WITHOUT("strace");
  ExpectSameAsNative("echo x > f",
                     "strace -f -o trace -e trace=execve,openat sh -c 'cat f'; grep -c 'execve.*cat' trace; "
                     "grep -c 'openat.*\"f\".*= [0-9]' trace; rm trace");
}

TEST_F(WorkloadTest, AStaticProgram) {
  MakeDirectory(home() + "/.local/bin");
  ASSERT_EQ(system(("cp " + Binary("sandboxee_static") + " " + home() + "/.local/bin/").c_str()), 0);
  ExpectSameAsNative("echo x > f", "sandboxee_static open f; sandboxee_static spawn 20; sandboxee_static local-server");
  Write(home() + "/.ssh/id_rsa", "key");
  EXPECT_EQ(Script("sandboxee_static open ~/.ssh/id_rsa").out, "ENOENT\n");
}

TEST_F(WorkloadTest, Npm) {
  SKIP_WITHOUT("npm");
  // Whatever registry this machine's npm is told to use; none is named here.
  const std::string probe = "npm view tap version --fetch-retries=0 --fetch-timeout=8000 2>&1";
  timeout = std::chrono::seconds(30);
  if (const Outcome reached = NativeScript(probe); reached.code != 0) {
    GTEST_SKIP() << "npm's registry cannot be reached from here: " << reached.out.substr(0, 200);
  }
  timeout = std::chrono::seconds(240);
  const std::string package = R"({"name": "shop", "version": "1.0.0", "private": true,
    "scripts": {"test": "mocha --reporter dot test.js"}, "devDependencies": {"mocha": "10.2.0"}})";
  Write(work() + "/package.json", package);
  Write(work() + "/test.js", "it('adds', () => require('assert').equal(1 + 1, 2));");
  const Outcome prepared = NativeScript("npm install --package-lock-only --no-audit --no-fund 2>&1 && rm -rf ~/.npm");
  ASSERT_EQ(prepared.code, 0) << prepared.out;
  const std::string script = "npm ci --no-audit --no-fund && npm test";
  const Outcome boxed =
      Usher(Approver({"net.connect *:443 session", "net.connect *:80 session"}), {"sh", "-c", script + " 2>&1"});
  EXPECT_EQ(boxed.code, 0) << boxed.out << boxed.err;
  EXPECT_NE(boxed.out.find("1 passing"), std::string::npos) << boxed.out;
  const Json receipt = Predicate();
  EXPECT_GT(receipt["network"]["total"], 0) << receipt["network"].dump(1);
  const std::string boxed_tree = TreeOf(work() + "/node_modules", {.without = {"/.package-lock.json", "/.cache"}});
  const Outcome native = NativeScript("rm -rf node_modules; " + script + " 2>&1");
  EXPECT_EQ(TreeOf(work() + "/node_modules", {.without = {"/.package-lock.json", "/.cache"}}), boxed_tree)
      << native.out;
}

}  // namespace
}  // namespace usher
