// userfaultfd(2): a page that is filled when it is read, and by whom and with what is decided then.

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const auto faults = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */));
  uffdio_api api{};
  api.api = UFFD_API;
  if (faults < 0 || ioctl(faults, UFFDIO_API, &api) < 0) return kCannotTry;
  auto* page = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  uffdio_register range{};
  range.range = {reinterpret_cast<uint64_t>(page), 4096};
  range.mode = UFFDIO_REGISTER_MODE_MISSING;
  if (ioctl(faults, UFFDIO_REGISTER, &range) < 0) return kCannotTry;
  std::thread filler([&] {
    uffd_msg message{};
    if (read(faults, &message, sizeof(message)) < 0) return;
    alignas(4096) static char content[4096];
    std::strcpy(content, World::secret_text().c_str());
    uffdio_copy copy{};
    copy.dst = reinterpret_cast<uint64_t>(page);
    copy.src = reinterpret_cast<uint64_t>(content);
    copy.len = sizeof(content);
    ioctl(faults, UFFDIO_COPY, &copy);
  });
  const bool filled = World::secret_text() == page;
  filler.join();
  return filled && Loot(world, World::secret_text()) ? 0 : 1;
}

USHER_ESCAPE({.name = "e_userfaultfd", .row = "E: bpf, perf_event_open, userfaultfd, keyctl", .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
