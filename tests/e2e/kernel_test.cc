// Calls that no answer can allow: each has its documented errno, and the old call that programs fall back to works.

#include <gtest/gtest.h>

#include "tests/support/box.h"

namespace usher {
namespace {

class KernelTest : public Box {};

TEST_F(KernelTest, RefusedCallsHaveTheirErrno) {
  const struct {
    const char* call;
    const char* errno_name;
  } cases[] = {
      {"io_uring", "ENOSYS"},
      {"clone3", "ENOSYS"},
      {"openat2", "ENOSYS"},
      {"user-namespace", "EPERM"},
      {"clone-user-namespace", "EPERM"},
      {"mount", "EPERM"},
      {"bpf", "EPERM"},
      {"keyctl", "ENOSYS"},
      {"userfaultfd", "EPERM"},
      {"unknown-call", "ENOSYS"},
      {"listener", "EBUSY"},
      {"landlock", "EOPNOTSUPP"},  // as where the kernel has none
      {"user-dispatch", "EINVAL"},
  };
  for (const auto& c : cases) EXPECT_EQ(CallSays({c.call}), c.errno_name) << c.call;
}

TEST_F(KernelTest, WhatTheyFallBackToWorks) {
  EXPECT_EQ(CallSays({"unshare-files"}), "ok");
  EXPECT_EQ(CallSays({"spawn", "3"}), "3 ok");  // clone instead of clone3
  EXPECT_EQ(CallSays({"open", "/etc/passwd"}), "ok");
}

TEST_F(KernelTest, AttributesOfFilesAreLookedAtAndNotChanged) {
  Write(work() + "/file", "x");
  if (NativeScript("lsattr file && chattr +d file && chattr -d file").code != 0) GTEST_SKIP() << "no e2fsprogs or no ext4";
  EXPECT_EQ(Script("lsattr file").out, NativeScript("lsattr file").out);
  EXPECT_EQ(Script("lsattr -v file").code, 0);
  EXPECT_NE(Script("chattr +d file").code, 0);
  EXPECT_NE(Script("chattr -v 7 file").code, 0);
}

}  // namespace
}  // namespace usher
