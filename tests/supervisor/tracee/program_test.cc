#include "supervisor/tracee/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "tests/support/forked_tracee.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ScriptLineTest, Heads) {
  const struct {
    std::string head;
    const char* interpreter;
    const char* argument = "";
  } cases[] = {
      {"#!/bin/sh\n", "/bin/sh"},
      {"#! /bin/sh\n", "/bin/sh"},
      {"#!\t \t/bin/sh -e\nrest", "/bin/sh", "-e"},
      {"#!/usr/bin/env python3\n", "/usr/bin/env", "python3"},
      {"#!/usr/bin/env -S a b \t\n", "/usr/bin/env", "-S a b"},
      {"#!/bin/sh\t-x", "/bin/sh", "-x"},
      {"#!/bin/sh", "/bin/sh"},
      {"#!relative/interpreter\n", "relative/interpreter"},
      {std::string("#!/bin/sh\0-x\n", 13), "/bin/sh"},
      {"#!/bin/sh\r\n", "/bin/sh\r"},
      {"#!\n/bin/sh\n", ""},
      {"#!   \n", ""},
      {"#!", ""},
      {"#", ""},
      {"", ""},
      {" #!/bin/sh\n", ""},
      {"\x7f"
       "ELF",
       ""},
      {"MZ#!/bin/sh", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ScriptLineOf(c.head).interpreter, c.interpreter) << c.head;
    EXPECT_EQ(ScriptLineOf(c.head).argument, c.argument) << c.head;
  }
}

TEST(ScriptLineTest, LooksAtTheHeadOnly) {
  EXPECT_EQ(ScriptLineOf("#!" + std::string(300, ' ') + "/bin/sh\n").interpreter, "");
  EXPECT_EQ(ScriptLineOf("#!/" + std::string(300, 'a')).interpreter.size(), 254u);
}

class LocateProgramTest : public ::testing::Test {
 protected:
  std::string Make(const std::string& name, const std::string& text, mode_t mode = 0755) {
    WriteText(root_ / name, text);
    chmod((root_ / name).c_str(), mode);
    return root_ / name;
  }
  absl::StatusOr<Program> Locate(const std::string& path) {
    return LocateProgram({.text = path}, Resolver(tracee_.pid()));
  }
  int ErrorOf(const std::string& path) { return ErrnoOf(Locate(path).status()); }

  TemporaryDirectory root_;
  ForkedTracee tracee_;
};

TEST_F(LocateProgramTest, ABinaryIsItself) {
  const std::string path = Make("binary",
                                "\x7f"
                                "ELF");
  const auto program = Locate(path);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->file.path, path);
  EXPECT_THAT(program->interpreters, IsEmpty());
  EXPECT_EQ(program->image_inode, program->file.status.st_ino);
}

TEST_F(LocateProgramTest, AScriptIsRunByItsInterpreter) {
  const std::string binary = Make("interpreter",
                                  "\x7f"
                                  "ELF");
  const auto program = Locate(Make("script", Concat("#!", binary, " -e\n")));
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->file.path, root_ / "script");
  EXPECT_THAT(program->interpreters, ElementsAre(binary));
  struct stat image;
  ASSERT_EQ(stat(binary.c_str(), &image), 0);
  EXPECT_EQ(program->image_inode, image.st_ino);
  EXPECT_EQ(program->image_device, image.st_dev);
}

TEST_F(LocateProgramTest, InterpretersMayBeScriptsThemselves) {
  const std::string binary = Make("binary",
                                  "\x7f"
                                  "ELF");
  std::string last = binary;
  for (int i = 1; i <= 6; ++i) last = Make(Concat("script", i), Concat("#!", last, "\n"));
  const auto five = Locate(root_ / "script5");
  ASSERT_TRUE(five.ok()) << five.status();
  EXPECT_THAT(five->interpreters, ElementsAre(root_ / "script4", root_ / "script3", root_ / "script2",
                                              root_ / "script1", binary));
  struct stat image;
  ASSERT_EQ(stat(binary.c_str(), &image), 0);
  EXPECT_EQ(five->image_inode, image.st_ino) << "the last is what runs";
  EXPECT_EQ(ErrorOf(root_ / "script6"), ELOOP);
  const std::string endless = root_ / "endless";
  EXPECT_EQ(ErrorOf(Make("endless", Concat("#!", endless, "\n"))), ELOOP);
}

TEST_F(LocateProgramTest, WhatCannotRun) {
  EXPECT_EQ(ErrorOf(root_ / "missing"), ENOENT);
  EXPECT_EQ(ErrorOf(root_.path()), EACCES);
  EXPECT_EQ(ErrorOf("/dev/null"), EACCES);
  EXPECT_EQ(ErrorOf(Make("plain",
                         "\x7f"
                         "ELF",
                         0644)),
            EACCES);
  EXPECT_EQ(ErrorOf(Make("orphan", Concat("#!", root_ / "missing", "\n"))), ENOENT);
  EXPECT_EQ(ErrorOf(Make("bad", Concat("#!", root_ / "plain", "\n"))), EACCES);
}

}  // namespace
}  // namespace usher
