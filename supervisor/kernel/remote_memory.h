// Reading what a tracee's pointers point to: copied once, bounded, never trusted. process_vm_readv(2).

#ifndef USHER_SUPERVISOR_KERNEL_REMOTE_MEMORY_H_
#define USHER_SUPERVISOR_KERNEL_REMOTE_MEMORY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// An address in a tracee. Its owner can change what it points to at any time.
using RemoteAddress = uint64_t;

// The last string of an array that was not copied whole.
inline constexpr std::string_view kCutMark = "…";

// The memory of one thread's process, by descriptor: whoever bears the same number later is not meant any more.
class HeldMemory {
 public:
  static absl::StatusOr<HeldMemory> Of(int32_t tid);
  // All of them, or EFAULT.
  absl::Status WriteBytes(RemoteAddress address, std::string_view bytes) const;

 private:
  explicit HeldMemory(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

class RemoteMemory {
 public:
  explicit RemoteMemory(int32_t tid) : tid_(tid) {}
  virtual ~RemoteMemory() = default;

  // Exactly `size` bytes; EFAULT when any of them cannot be read.
  virtual absl::StatusOr<std::string> ReadBytes(RemoteAddress address, size_t size) const;
  virtual absl::Status WriteBytes(RemoteAddress address, const void* data, size_t size) const;

  // Up to the terminating NUL, which is not returned. ENAMETOOLONG when none is found within `limit` bytes.
  absl::StatusOr<std::string> ReadString(RemoteAddress address, size_t limit) const;

  // A NULL-terminated array of strings, as argv. Stops without error at `max_count` strings or `max_bytes` in all, and
  // then ends the vector with kCutMark.
  absl::StatusOr<std::vector<std::string>> ReadStringArray(RemoteAddress address, size_t max_count,
                                                           size_t max_bytes) const;

  template <typename T>
  absl::StatusOr<T> Read(RemoteAddress address) const {
    static_assert(std::is_trivially_copyable_v<T>);
    auto bytes = ReadBytes(address, sizeof(T));
    if (!bytes.ok()) return bytes.status();
    T value;
    __builtin_memcpy(&value, bytes->data(), sizeof(T));
    return value;
  }

 protected:
  // At most `size` bytes; fewer when a page in between is not there. The one call that tests replace.
  virtual absl::StatusOr<size_t> ReadSome(RemoteAddress address, char* buffer, size_t size) const;

 private:
  class Window;
  int32_t tid_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_REMOTE_MEMORY_H_
