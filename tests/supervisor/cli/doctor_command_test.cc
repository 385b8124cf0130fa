#include "supervisor/cli/doctor_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/supervisor/cli/recorded_run.h"

namespace usher {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

HostFeatures FullHost() {
  HostFeatures host;
  for (Attempt* attempt :
       {&host.no_new_privs, &host.seccomp_filter, &host.new_listener, &host.wait_killable, &host.add_fd,
        &host.add_fd_send, &host.sync_wake_up, &host.pidfd_open, &host.pidfd_getfd, &host.process_vm_readv,
        &host.ptrace_seize, &host.trace_calls, &host.landlock, &host.openat2, &host.close_range_unshare, &host.user_namespace}) {
    attempt->error = 0;
  }
  host.landlock_abi = 6;
  host.uid = 1000;
  return host;
}

Output Doctor(const DoctorOptions& options, const HostFeatures& host) {
  return OutputOf([&](FILE* out, FILE*) { return ReportHost(options, host, out); });
}

TEST(DoctorCommandTest, AFullHost) {
  const Output output = Doctor({}, FullHost());
  EXPECT_EQ(output.code, 0);
  EXPECT_THAT(output.out, HasSubstr("ok  Landlock"));
  EXPECT_THAT(output.out, HasSubstr("works, ABI 6"));
  EXPECT_THAT(output.out, HasSubstr("uid 1000, no capabilities"));
  EXPECT_THAT(output.out, Not(HasSubstr("mend:")));
  EXPECT_TRUE(output.out.ends_with("\n\nA run here is enforced in full: the kernel bounds, the monitor decides every mediated call.\n"));
  EXPECT_EQ(Doctor({.strict = true}, FullHost()).code, 0);
}

TEST(DoctorCommandTest, AHostWithAGap) {
  HostFeatures host = FullHost();
  host.landlock.error = EOPNOTSUPP;
  const Output output = Doctor({}, host);
  EXPECT_EQ(output.code, 0);  // a run starts, and says what it lacks
  EXPECT_THAT(output.out, HasSubstr("no  Landlock"));
  EXPECT_THAT(output.out, HasSubstr("switched off (EOPNOTSUPP)"));
  EXPECT_THAT(output.out, HasSubstr("mend: add landlock to the list in the kernel's boot option lsm=\n"));
  EXPECT_EQ(Doctor({.strict = true}, host).code, 69);
}

TEST(DoctorCommandTest, AHostThatIsRefused) {
  HostFeatures host = FullHost();
  host.yama_scope = 2;
  host.ptrace_seize.error = host.process_vm_readv.error = host.pidfd_getfd.error = EPERM;
  const Output output = Doctor({}, host);
  EXPECT_EQ(output.code, 69);
  EXPECT_THAT(output.out, HasSubstr("mend: sudo sysctl kernel.yama.ptrace_scope=1\n"));
  EXPECT_THAT(output.out, HasSubstr("usher run refuses this host"));
}

TEST(DoctorCommandTest, Json) {
  HostFeatures host = FullHost();
  host.new_listener.error = host.add_fd.error = EBUSY;
  const Output output = Doctor({.json = true}, host);
  EXPECT_EQ(output.code, 0);
  const Json report = Json::parse(output.out);
  EXPECT_EQ(report["tier"], "ptrace");
  EXPECT_EQ(report["runs"], true);
  bool seen = false;
  for (const Json& feature : report["features"]) {
    if (feature["key"] != "new_listener") continue;
    seen = true;
    EXPECT_EQ(feature["works"], false);
    EXPECT_EQ(feature["found"], "busy (EBUSY)");
    EXPECT_THAT(feature["mend"].get<std::string>(), HasSubstr("a tree has one listener"));
  }
  EXPECT_TRUE(seen);
}

TEST(DoctorCommandTest, EscapesTheNameOfTheContainer) {
  HostFeatures host = FullHost();
  std::strcpy(host.container, "\x1b[2J\n");
  EXPECT_THAT(Doctor({}, host).out, HasSubstr("\\u{1B}[2J\\u{A}"));
}

}  // namespace
}  // namespace usher
