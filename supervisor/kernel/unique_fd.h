// A file descriptor with one owner, closed when the owner goes.

#ifndef USHER_SUPERVISOR_KERNEL_UNIQUE_FD_H_
#define USHER_SUPERVISOR_KERNEL_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace usher {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    const int old = std::exchange(fd_, fd);
    if (old >= 0) close(old);  // EINTR still closes on Linux (close(2)), so there is nothing to repeat
  }

 private:
  int fd_ = -1;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_UNIQUE_FD_H_
