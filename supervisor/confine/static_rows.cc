#include "supervisor/confine/static_rows.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string_view>

namespace usher {
namespace {

// What the floor bounds by itself (ABI 1), or what changes nothing. From ABI 3 truncate, from ABI 6 signals:
// StaticFilterBelow refuses them where it does not.
constexpr std::string_view kBoundedByFloor[] = {"creat",
                                                "mkdir",
                                                "mkdirat",
                                                "mknod",
                                                "mknodat",
                                                "unlink",
                                                "unlinkat",
                                                "rmdir",
                                                "rename",
                                                "renameat",
                                                "renameat2",
                                                "link",
                                                "linkat",
                                                "symlink",
                                                "symlinkat",
                                                "truncate",
                                                "execve",
                                                "execveat",
                                                "kill",
                                                "tkill",
                                                "tgkill",
                                                "rt_sigqueueinfo",
                                                "rt_tgsigqueueinfo",
                                                "pidfd_send_signal",
                                                "getsockname",
                                                "getpeername"};

// Landlock before ABI 3 does not see that an open for reading, or for neither, truncates.
constexpr ArgTest NoRight(uint8_t arg, uint32_t mask, uint32_t value) {
  return {.arg = arg, .mask = mask, .value = value, .then = Treatment::kRefused, .error = EACCES};
}
constexpr uint32_t kAccess = O_ACCMODE, kTruncates = O_ACCMODE | O_TRUNC;
constexpr ArgTest kPathOnly(uint8_t arg) { return {.arg = arg, .compare = ArgTest::Compare::kAnyBit, .value = O_PATH}; }
constexpr ArgTest kOpenTests[] = {kPathOnly(1), NoRight(1, kAccess, O_ACCMODE), NoRight(1, kTruncates, O_TRUNC)};
constexpr ArgTest kOpenAtTests[] = {kPathOnly(2), NoRight(2, kAccess, O_ACCMODE), NoRight(2, kTruncates, O_TRUNC)};

// A pair that is bound to nothing but itself. One for datagrams could be turned to anybody.
constexpr ArgTest PairOf(uint32_t type) {
  return {.arg = 1, .mask = 0xf, .value = type, .then = Treatment::kNative, .with_arg = 0, .with_value = AF_UNIX};
}
constexpr ArgTest kSocketPairTests[] = {PairOf(SOCK_STREAM), PairOf(SOCK_SEQPACKET)};

Row Native(Row row, std::span<const ArgTest> tests = {}) {
  row.treatment = Treatment::kNative;
  row.tests = tests;
  row.gate.reset();
  return row;
}

// Kept for good, as the rows of the table are.
std::span<const ArgTest> WithoutMediation(std::span<const ArgTest> tests) {
  static std::deque<std::vector<ArgTest>> kept;
  std::vector<ArgTest>& copy = kept.emplace_back(tests.begin(), tests.end());
  for (ArgTest& test : copy) {
    if (test.then == Treatment::kMediated) test.then = Treatment::kRefused, test.error = EPERM;
  }
  return copy;
}

Row StaticRow(Row row) {
  if (row.name == "open") return Native(row, kOpenTests);
  if (row.name == "openat") return Native(row, kOpenAtTests);
  // Hosts cannot be told apart, nor what a unix socket leads to.
  if (row.name == "socket") {
    row.tests = {};
    return row;
  }
  if (row.name == "socketpair") {
    row.tests = kSocketPairTests;
    return row;
  }
  row.tests = WithoutMediation(row.tests);
  const bool bounded =
      std::find(std::begin(kBoundedByFloor), std::end(kBoundedByFloor), row.name) != std::end(kBoundedByFloor);
  if (bounded) return Native(row, row.tests);
  if (row.treatment == Treatment::kMediated) {
    row.treatment = Treatment::kRefused;
    row.error = EPERM;
  }
  return row;
}

}  // namespace

std::vector<Row> StaticTable() {
  std::vector<Row> rows;
  for (const Row& row : Table()) rows.push_back(StaticRow(row));
  return rows;
}

}  // namespace usher
