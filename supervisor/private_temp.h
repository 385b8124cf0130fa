// The run's own temporary directory: made before it, gone after it.

#ifndef USHER_SUPERVISOR_PRIVATE_TEMP_H_
#define USHER_SUPERVISOR_PRIVATE_TEMP_H_

#include <string>

#include "absl/status/statusor.h"

namespace usher {

class PrivateTemp {
 public:
  // Below $TMPDIR or /tmp, mode 0700, with an unpredictable name.
  static absl::StatusOr<PrivateTemp> Create();
  PrivateTemp(PrivateTemp&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  PrivateTemp& operator=(PrivateTemp&&) = delete;
  ~PrivateTemp();  // removes all that is in it, following no link

  const std::string& path() const { return path_; }

 private:
  explicit PrivateTemp(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_PRIVATE_TEMP_H_
