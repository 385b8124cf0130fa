// A measured process under one mechanism: started once, asked for batches in turn with its rivals, ended.

#ifndef USHER_BENCH_MECHANISMS_SESSION_H_
#define USHER_BENCH_MECHANISMS_SESSION_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/calls/recipe.h"
#include "bench/calls/wire.h"
#include "bench/measure/world.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/row.h"

namespace usher::bench {

struct SessionRequest {
  const World* world = nullptr;
  const Row* row = nullptr;
  const Recipe* recipe = nullptr;
  int nr = -1;          // of its row, here
  bool marked = false;  // opens may run in the kernel
  int threads = 1;
  int caller_cpu = -1;  // -1: wherever the kernel likes
  int supervisor_cpu = -1;
  std::string directory;  // of this session alone
  std::string state;      // as well, for what Usher keeps
};

// In memory that the minimal supervisor shares with the runner.
struct Shared {
  volatile int listener = -1;     // number in the descriptor table that supervisor and caller share at first
  volatile uint64_t handled = 0;  // notifications answered, or stops continued
  volatile int error = 0;         // errno that the supervisor ended with
};

struct BatchTimes {
  Batch head;
  std::vector<uint32_t> times;
  uint64_t handled = 0;  // by the minimal supervisor, meanwhile
};

class Session {
 public:
  // What runs in the forked child, with the pipes on 0 and 1 already; it does not return.
  using Body = std::function<void(Shared&)>;
  static absl::StatusOr<Session> Start(const Body& body);
  Session(Session&& other) noexcept;
  Session& operator=(Session&&) = delete;
  ~Session();

  const Hello& hello() const { return hello_; }
  int supervisor_error() const { return shared_->error; }

  absl::StatusOr<BatchTimes> Run(uint32_t calls_each);

  // Ends the measured process and waits for everything.
  absl::Status Finish();

 private:
  Session() = default;
  absl::Status ReadAll(void* data, size_t size);

  pid_t child_ = -1;
  UniqueFd to_, from_;
  Hello hello_;
  std::unique_ptr<Shared, void (*)(Shared*)> shared_{nullptr, nullptr};
};

// argv of bench_caller.
std::vector<std::string> CallerArguments(const SessionRequest& request);
// Replaces the process; for the bodies.
[[noreturn]] void ExecOrDie(const std::vector<std::string>& argv);
void PinOrDie(int cpu);  // nothing for -1

}  // namespace usher::bench

#endif  // USHER_BENCH_MECHANISMS_SESSION_H_
