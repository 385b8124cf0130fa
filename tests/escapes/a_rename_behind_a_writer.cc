// A rename that waits for somebody's long write was judged long before it is done. Meanwhile an exchange that was
// judged as well puts a folder below the name of what it moves: one that carries what runs later.

#include <fcntl.h>
#include <sys/mman.h>

#include <thread>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr size_t kWrite = size_t{256} << 20;  // takes far longer than the others need to stand in line
constexpr off_t kLarge = 8 << 20;

void MakeLarge(const char* name) {
  const int fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  (void)!ftruncate(fd, kLarge);
  close(fd);
}

void RenameLater(int ms, const char* from, const char* to, unsigned flags) {
  usleep(static_cast<useconds_t>(ms) * 1000);
  (void)renameat2(AT_FDCWD, from, AT_FDCWD, to, flags);
}

int Attack(const World&) {
  mkdir("a", 0755);
  mkdir("a/tree", 0755);
  mkdir("a/tree/workflows", 0755);
  Spill("a/tree/workflows/ci.yml", "on: push");
  if (rename("a/tree", ".github") == 0) return 0;  // nobody judges at all
  MakeLarge("a/held");
  MakeLarge("a/large");
  void* const zeros = mmap(nullptr, kWrite, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  const auto write_long = [zeros] {
    const int fd = open("a/held", O_RDWR | O_CLOEXEC);
    (void)!pwrite(fd, zeros, kWrite, 0);
    close(fd);
  };
  std::thread writers[] = {std::thread(write_long), std::thread(write_long)};
  std::thread renames[] = {std::thread(RenameLater, 15, "a/held", "a/moved", 0u),
                           std::thread(RenameLater, 30, "a/large", "a/tree", RENAME_EXCHANGE),
                           std::thread(RenameLater, 45, "a/large", ".github", 0u)};
  for (std::thread& thread : renames) thread.join();
  for (std::thread& thread : writers) thread.join();
  return access(".github/workflows/ci.yml", F_OK) == 0 ? 0 : 1;
}

int Twin(const World&) {
  mkdir("a", 0755);
  MakeLarge("a/held");
  return rename("a/held", "a/moved") == 0 && rename("a/moved", "large") == 0 && access("large", F_OK) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_rename_behind_a_writer",
              .row = "A: symlink or parent swapped",
              .attack = &Attack,
              .escaped =
                  [](Outside& outside) { return outside.Exists(outside.world().work() + "/.github/workflows/ci.yml"); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
