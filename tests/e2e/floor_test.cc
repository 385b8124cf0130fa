// Programs that the policy allows where the floor had to leave their directory out run all the same, as they would outside.

#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/box.h"

namespace usher {
namespace {

class FloorTest : public Box {
 protected:
  // A secret in the workspace's root: the floor leaves the root out, and lists what was in it at the start.
  void SetUp() override {
    Box::SetUp();
    Write(work() + "/.env", "KEY=1\n");
    Write(work() + "/there.sh", "#!/bin/sh\necho \"$0 $1 $2\"\n", 0755);
  }
  std::string Says(const std::string& script) {
    const Outcome outcome = Script("{ " + script + "\n} 2>&1");
    return outcome.out;
  }
};

// Or says that it is missing, on a host without Landlock; and whatever else this host lacks.
TEST_F(FloorTest, TheReceiptNamesIt) {
  Script("true");
  const Json sandbox = Predicate()["sandbox"];
  const bool has_floor = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
  EXPECT_EQ(sandbox["engine"].dump().find("Landlock ABI") != std::string::npos, has_floor) << sandbox["engine"];
  EXPECT_EQ(Mentions(sandbox["degraded"], "Landlock"), !has_floor) << sandbox["degraded"];
  const bool lacks_nothing = Native({Binary("usher"), "doctor", "--strict"}).code == 0;
  const bool traced = Mechanism() == "ptrace";
  EXPECT_EQ(Mentions(sandbox["degraded"], "tracer"), traced) << sandbox["degraded"];
  EXPECT_EQ(sandbox["degraded"].empty(), lacks_nothing && !traced) << sandbox["degraded"];
}

// To see that no directory of the system has it, all of them would have to be looked at.
TEST_F(FloorTest, ANameForbiddenAnywhereStopsNoProgram) {
  Write(work() + "/.usher.toml", "version = 1\n[files]\nhide = [\"**/customers.csv\"]\nexec.deny = [\"**/no-such-program\"]\n");
  Write(work() + "/customers.csv", "secret\n");
  EXPECT_EQ(Says("ls /usr/bin/env; cat customers.csv"), "/usr/bin/env\ncat: customers.csv: No such file or directory\n");
}

TEST_F(FloorTest, ProgramsOfTheStartAndNewOnes) {
  EXPECT_EQ(Says("./there.sh a b; cp /usr/bin/printf new; ./new '%s-%s\\n' c d; mkdir sub; cp new sub/deep; sub/deep e\\\\n"),
            "./there.sh a b\nc-d\ne\n");
}

TEST_F(FloorTest, NewScriptsGetTheirNameAndArguments) {
  EXPECT_EQ(Says("cp there.sh new.sh; ./new.sh a 'b c'; PATH=.:$PATH new.sh x y"), "./new.sh a b c\n./new.sh x y\n");
  EXPECT_EQ(Says("printf '#!/usr/bin/env -S printf %%s+%%s\\\\\\\\n\\n' > args; chmod +x args; ./args z"), "./args+z\n");
  EXPECT_EQ(Says("cp /usr/bin/printf mine; printf '#!./mine\\n' > by; chmod +x by; ./by; echo; echo done"), "./by\ndone\n")
      << "an interpreter that is new itself";
}

TEST_F(FloorTest, EveryWayToStartANewProgram) {
  // As the first program of all, by vfork, from a thread, by a descriptor's name.
  std::filesystem::copy_file("/usr/bin/echo", work() + "/first");
  std::filesystem::rename(work() + "/first", home() + "/first");
  EXPECT_EQ(Boxed({home() + "/first", "hi"}).out, "hi\n") << "the person's own command may lie anywhere";
  EXPECT_EQ(Says("cp /bin/echo e; python3 -c \"import subprocess; print(subprocess.run(['./e','spawned'],"
                 "capture_output=True,text=True).stdout.strip())\""),
            "spawned\n");
  EXPECT_EQ(Says("cp /bin/echo e; python3 -c \"import os,threading; threading.Thread(target=lambda: "
                 "os.execv('./e',['e','thread'])).start(); import time; time.sleep(20)\""),
            "thread\n");
  EXPECT_EQ(Says("cp /bin/echo e; python3 -c \"import os; os.execve(os.open('e', os.O_RDONLY|os.O_CLOEXEC), "
                 "['e','by descriptor'], {})\""),
            "by descriptor\n");
}

TEST_F(FloorTest, WhatFailsFailsAsItWould) {
  EXPECT_EQ(Says("cp there.sh closed; chmod -x closed; ./closed || echo $?"), "sh: 1: ./closed: Permission denied\n126\n");
  EXPECT_EQ(Says("printf '#!/no/such\\n' > bad; chmod +x bad; ./bad || echo $?").find("not found") != std::string::npos, true);
  EXPECT_EQ(Says("echo plain > text; chmod +x text; sh ./text 2>/dev/null || echo $?"), "127\n");
}

TEST_F(FloorTest, ADeniedProgramIsNotTriedAgain) {
  Write(home() + "/.config/usher/policy.toml", "version = 1\n[files]\nexec.deny = [\"./tool\"]\n");
  EXPECT_EQ(Says("cp /bin/echo tool; ./tool ran || echo $?"), "sh: 1: ./tool: Permission denied\n126\n");
}

TEST_F(FloorTest, AYesRunsAProgramOutside) {
  Write(root() + "/opt/tool", "#!/bin/sh\necho \"it ran $1\"\n", 0755);
  const Outcome outcome = Usher(Approver({"exec * once", "file.read */tool once"}), {"sh", "-c", root() + "/opt/tool now"});
  EXPECT_EQ(outcome.out, "it ran now\n") << outcome.err;
  EXPECT_EQ(Requests(), 2u) << "to run it, and for the shell to read it";
}

}  // namespace
}  // namespace usher
