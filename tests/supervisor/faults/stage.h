// A whole monitor over the kernel's own notifications, and a child in the shipped filter that makes the calls it is
// told to: what the child gets back is what a sandboxed program would get.

#ifndef USHER_TESTS_SUPERVISOR_FAULTS_STAGE_H_
#define USHER_TESTS_SUPERVISOR_FAULTS_STAGE_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/decision.h"
#include "supervisor/intercept/notify_interceptor.h"
#include "supervisor/monitor.h"
#include "tests/supervisor/faults/fault_seam.h"
#include "tests/support/temporary_directory.h"

namespace usher {

// A system call for the child to make. What it points to lies in `memory`, which has the same address in the child.
struct Order {
  int64_t nr = 0;
  std::array<uint64_t, 6> args{};
  std::array<char, 3584> memory{};
  uint64_t used = 0;

  Order() = default;
  Order(int number, std::initializer_list<uint64_t> arguments) : nr(number) {
    std::copy(arguments.begin(), arguments.end(), args.begin());
  }

  // Copies bytes into `memory`; the address that the child will see them at.
  uint64_t Put(const void* bytes, size_t size);
  uint64_t PutString(std::string_view text) { return Put(std::string(text).c_str(), text.size() + 1); }
  template <typename T>
  uint64_t PutValue(const T& value) {
    return Put(&value, sizeof(value));
  }
};

// What a call of the child came to.
struct CallOutcome {
  bool answered = false;  // in time
  int64_t result = 0;     // negative errno, as the kernel returns it
  Walk walk;              // what the supervisor did meanwhile
};

class Stage {
 public:
  // `verdict` is what the policy says to everything in d/ and to every address of the network; ok/ may be used freely.
  // What is called "hidden" may not be read. Nobody is there to be asked. Below, the floor gives ok/under to be read
  // whole, and lets no program be run: the kernel refuses each at first.
  explicit Stage(Verdict verdict);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // False where the host gives no listener; nothing else may be called then.
  bool ready() const { return monitor_.has_value(); }

  // Has the child make the call, with call number `nth` of the supervisor failing with `error`.
  CallOutcome Call(const Order& order, int nth = 0, int error = 0);
  // One that has to work: its result.
  int64_t Must(const Order& order);

  GrantStore& grants() { return grants_; }
  // The same grants as somebody at another terminal has them.
  GrantStore GrantsElsewhere() const { return *GrantStore::Open(root_ / "grants", root_.path()); }
  std::string Path(std::string_view name) const { return root_ / name; }
  pid_t child() const { return child_; }

 private:
  void StartChild();
  [[noreturn]] void ObeyOrders();

  TemporaryDirectory root_;
  EventLoop loop_;
  Ruleset rules_;
  GrantStore grants_;
  AuditLog log_;
  Summary summary_{Redactor()};
  FloorReach floor_reach_;
  ProcessTable processes_;
  Belongings belongings_;
  Workers workers_;
  NameBook names_;
  UniqueFd orders_[2], results_[2];
  pid_t child_ = -1;
  std::optional<NotifyInterceptor> interceptor_;
  std::optional<Approvals> approvals_;
  std::optional<Monitor> monitor_;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPERVISOR_FAULTS_STAGE_H_
