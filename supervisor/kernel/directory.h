// Usher's own files and folders: private to the person, written whole or not at all.

#ifndef USHER_SUPERVISOR_KERNEL_DIRECTORY_H_
#define USHER_SUPERVISOR_KERNEL_DIRECTORY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace usher {

// mkdir -p, with mode 0700 for what is made.
absl::Status MakeDirectories(const std::string& path);

// A new file of mode 0600; EEXIST when there is one.
absl::Status WriteNewFile(const std::string& path, std::string_view text);

// Replaces what is there: written beside it and renamed.
absl::Status WriteFile(const std::string& path, std::string_view text);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_DIRECTORY_H_
