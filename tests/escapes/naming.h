// Other ways to name a file: by a descriptor that gives no access, and through it once more by name.

#ifndef USHER_TESTS_ESCAPES_NAMING_H_
#define USHER_TESTS_ESCAPES_NAMING_H_

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace usher::escapes {

// O_PATH opens are not held by any supervisor that counts on the reopen.
inline int Pin(const std::string& path) { return open(path.c_str(), O_PATH | O_CLOEXEC); }

inline std::string NameOfDescriptor(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// Reads on from an open descriptor, and closes it.
inline std::string SlurpDescriptor(int fd) {
  std::string text(4096, '\0');
  const ssize_t got = fd < 0 ? -1 : read(fd, text.data(), text.size());
  if (fd >= 0) close(fd);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return text;
}

inline std::string SlurpAt(int dirfd, const char* name) {
  return SlurpDescriptor(openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

// Writes through a descriptor of whatever kind, and closes it.
inline bool SpillDescriptor(int fd, const std::string& text) {
  if (fd < 0) return false;
  const bool whole = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return whole;
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_NAMING_H_
