// A small private file that several processes change: locked, replaced as a whole, readable by its owner only.

#ifndef USHER_SUPERVISOR_APPROVAL_STATE_FILE_H_
#define USHER_SUPERVISOR_APPROVAL_STATE_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

class StateFile {
 public:
  // Which version of the file was seen; equal versions mean equal contents.
  struct Version {
    uint64_t inode = 0;
    int64_t size = -1;  // -1: there was no file
    int64_t seconds = 0, nanoseconds = 0;
    friend bool operator==(const Version&, const Version&) = default;
  };

  StateFile() = default;
  // Makes `directory` (absolute, 0700) with its parents where they are missing.
  static absl::StatusOr<StateFile> Create(const std::string& directory, std::string name);
  // NotFound when there is no such directory.
  static absl::StatusOr<StateFile> Open(const std::string& directory, std::string name);

  // Held until the descriptor goes. Waits half a second at most: a stopped process must not stop the supervisor.
  absl::StatusOr<UniqueFd> Lock() const;

  // Empty when there is no file. PermissionDenied for a file that others could have written.
  absl::StatusOr<std::string> Read(Version* version) const;
  absl::StatusOr<Version> Look() const;

  // Call with the lock held. Durable: on disk when this returns.
  enum class Durability : uint8_t { kDurable, kSoon };
  absl::StatusOr<Version> Replace(std::string_view text, Durability durability) const;

  const std::string& path() const { return path_; }

 private:
  UniqueFd directory_fd_;
  std::string name_, path_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_STATE_FILE_H_
