// The name lies in memory of memfd_secret(2), which the kernel reads for its owner and for nobody else.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = static_cast<int>(syscall(SYS_memfd_secret, O_CLOEXEC));
  if (fd < 0) return std::puts("no memfd_secret on this host"), kCannotTry;
  void* page = ftruncate(fd, 4096) < 0 ? MAP_FAILED : mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) return std::puts("no memory that may be locked"), kCannotTry;
  std::strcpy(static_cast<char*>(page), world.secret().c_str());
  return OpenAndTakeSecret(world, static_cast<char*>(page)) ? 0 : 1;
}

// The page that is no secret serves as well.
int Twin(const World&) {
  const int fd = memfd_create("page", MFD_CLOEXEC);
  void* page = ftruncate(fd, 4096) < 0 ? MAP_FAILED : mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) return 1;
  std::strcpy(static_cast<char*>(page), "own");
  return Spill(static_cast<char*>(page), "text") ? 0 : 1;
}

USHER_ESCAPE({.name = "a_memfd_secret_argument",
              .row = "A: memory the supervisor cannot read",
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
