// A person's small world for a run of the suite: home, workspace, state, and the programs that are measured, all below one
// temporary directory that is removed at the end.

#ifndef USHER_BENCH_MEASURE_WORLD_H_
#define USHER_BENCH_MEASURE_WORLD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace usher::bench {

class World {
 public:
  // `usher` and `caller` are copied in, for what is measured has to be readable for whoever measures. Sets HOME, TMPDIR,
  // USHER_STATE and the like for everything that is started later.
  static absl::StatusOr<World> Make(const std::string& usher, const std::string& caller);
  World(World&& other) noexcept;
  World& operator=(World&&) = delete;
  ~World();

  const std::string& root() const { return root_; }
  std::string home() const { return root_ + "/home"; }
  std::string work() const { return root_ + "/work"; }  // the workspace
  std::string state() const { return root_ + "/state"; }
  std::string usher() const { return root_ + "/usher"; }
  std::string caller() const { return work() + "/bench_caller"; }
  std::string outside() const { return root_ + "/outside"; }  // beside the workspace: no floor grants it

  // A new empty directory in the workspace.
  std::string Fresh(const std::string& name) const;

 private:
  explicit World(std::string root) : root_(std::move(root)) {}
  std::string root_;
  mutable int fresh_ = 0;
};

}  // namespace usher::bench

#endif  // USHER_BENCH_MEASURE_WORLD_H_
