// What broker tests share: a call and a target as decoder and resolver would hand them over, on files of the test's
// own.

#ifndef USHER_TESTS_SUPERVISOR_BROKER_BROKER_CASE_H_
#define USHER_TESTS_SUPERVISOR_BROKER_BROKER_CASE_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

#include "supervisor/broker/broker.h"
#include "tests/support/temporary_directory.h"

namespace usher {

inline Call CallOf(std::string_view name) {
  Call call;
  for (const Row& row : Table()) {
    if (row.name == name) call.row = &row;
  }
  EXPECT_NE(call.row, nullptr) << name;
  call.tid = getpid();
  return call;
}

class BrokerTest : public ::testing::Test {
 protected:
  // `name` within the test's directory: the object when there is one, and where it stands.
  Resolved At(const std::string& name, bool follow = true) const {
    Resolved resolved;
    const std::string path = root_ / name;
    resolved.path = path;
    resolved.object.reset(open(path.c_str(), O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)));
    if (resolved.object) {
      EXPECT_EQ(fstat(resolved.object.get(), &resolved.status), 0);
    }
    resolved.parent.reset(open(root_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    resolved.leaf = name;
    return resolved;
  }
  template <typename... Names>
  static Target TargetOf(Names&&... names) {
    Target target;
    (target.names.push_back(std::forward<Names>(names)), ...);
    return target;
  }

  static Enactment Do(const Call& call, Target target, uint32_t mask = 022) { return Enact(call, target, mask); }

  // The errno of a call that is over; -1 for one that is not.
  static int ErrorOf(const Enactment& enactment) {
    const auto* result = std::get_if<CallResult>(&enactment);
    if (result == nullptr) return -1;
    const auto* failed = std::get_if<Failed>(result);
    return failed == nullptr ? 0 : failed->error;
  }
  static bool Blocks(const Enactment& enactment) { return std::holds_alternative<BlockingCall>(enactment); }
  static UniqueFd FdOf(Enactment&& enactment) {
    auto* result = std::get_if<CallResult>(&enactment);
    auto* opened = result == nullptr ? nullptr : std::get_if<Opened>(result);
    return opened == nullptr ? UniqueFd() : std::move(opened->fd);
  }
  mode_t ModeOf(const std::string& name) const {
    struct stat status {};
    return lstat((root_ / name).c_str(), &status) == 0 ? status.st_mode : 0;
  }
  bool Exists(const std::string& name) const { return ModeOf(name) != 0; }

  TemporaryDirectory root_;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPERVISOR_BROKER_BROKER_CASE_H_
