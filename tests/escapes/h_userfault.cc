// A name in memory that nobody fills: whoever reads it waits, and that is to be the supervisor.

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <thread>

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const auto fault = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */));
  if (fault >= 0) {
    uffdio_api api{};
    api.api = UFFD_API;
    ioctl(fault, UFFDIO_API, &api);
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uffdio_register range{};
    range.range = {reinterpret_cast<unsigned long>(page), 4096};
    range.mode = UFFDIO_REGISTER_MODE_MISSING;
    ioctl(fault, UFFDIO_REGISTER, &range);
    const pid_t child = fork();
    if (child == 0) _exit(open(static_cast<char*>(page), O_RDONLY));
    std::thread([page] { open(static_cast<char*>(page), O_RDONLY); }).detach();
    usleep(100'000);
  }
  _exit(LetBystanderWork(world));
}

USHER_ESCAPE({.name = "h_userfault", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
