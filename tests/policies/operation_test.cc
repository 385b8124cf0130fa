#include "policies/operation.h"

#include <gtest/gtest.h>

#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

TEST(OperationTest, HasAKindAndAnObject) {
  const struct {
    Operation operation;
    const char *kind, *object;
  } kCases[] = {
      {Read("/etc/hosts"), "file.read", "/etc/hosts"},
      {FileOperation{.action = FileAction::kRemove, .path = "/x"}, "file.remove", "/x"},
      {FileOperation{.action = FileAction::kMetadata, .path = "/x"}, "file.metadata", "/x"},
      {MakeDirectory("/x"), "file.create", "/x"},
      {Exec("/usr/bin/env"), "exec", "/usr/bin/env"},
      {Connect("10.0.0.1", 443), "net.connect", "10.0.0.1:443"},
      {Connect("10.0.0.1", 443, {"registry.example", "cdn.example"}), "net.connect", "registry.example:443"},
      {Connect("127.0.0.1", 80, {"registry.example"}), "net.connect", "127.0.0.1:80"},
      {Connect("2001:db8::1", 53), "net.connect", "[2001:db8::1]:53"},
      {Connect("::ffff:10.0.0.1", 53), "net.connect", "10.0.0.1:53"},
      {Listen("0.0.0.0", 8080), "net.listen", "0.0.0.0:8080"},
      {ConnectUnix("@x"), "unix.connect", "@x"},
      {ProcessOperation{.target = 4711}, "process.signal", "pid 4711"},
      {ProcessOperation{.action = ProcessAction::kTrace, .target = -8}, "process.trace", "process group 8"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(KindOf(test.operation), test.kind);
    EXPECT_EQ(ObjectOf(test.operation), test.object);
  }
}

TEST(OperationTest, KeepsTheSpelling) {
  EXPECT_EQ(AskedAs(FileOperation{.path = "/a", .asked = "../a"}), "../a");
  EXPECT_EQ(AskedAs(ExecOperation{.path = "/a", .asked = "./a"}), "./a");
  EXPECT_EQ(AskedAs(Connect("10.0.0.1", 1)), "");
}

}  // namespace
}  // namespace usher
