// Every held call with arguments from the edges: bad pointers, names without an end, negative and huge counts.

#include <sys/mman.h>
#include <sys/syscall.h>

#include <cstdint>
#include <random>

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr int kHeld[] = {
#if defined(SYS_open)  // arm64 was born without the forms that have an "at" twin
    SYS_open, SYS_creat, SYS_mkdir, SYS_mknod, SYS_unlink, SYS_rmdir, SYS_rename, SYS_link, SYS_symlink, SYS_chmod,
    SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
    SYS_openat, SYS_mkdirat, SYS_mknodat, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat, SYS_symlinkat,
    SYS_fchmodat, SYS_fchmod, SYS_fchownat, SYS_fchown, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
    SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_truncate, SYS_inotify_add_watch, SYS_execve, SYS_execveat,
    SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_getsockname,
    SYS_getpeername, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_open, SYS_ptrace,
    SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_prlimit64, SYS_sched_setaffinity, SYS_sched_setparam,
    SYS_sched_setscheduler, SYS_sched_setattr, SYS_setpriority, SYS_ioprio_set, SYS_fcntl, SYS_get_robust_list,
    SYS_migrate_pages, SYS_move_pages};

uint64_t At(const void* memory) { return reinterpret_cast<uint64_t>(memory); }

std::vector<uint64_t> Edges(const World& world) {
  // Two pages, of which the second is not there: what begins in the first ends nowhere.
  auto* page = static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  munmap(page + 4096, 4096);
  for (int i = 0; i < 4096; ++i) page[i] = i % 3 == 0 ? '/' : '.';
  static std::string name = world.work() + "/x", long_name(4095, 'n'), longer(70'000, '/'), own = "/proc/self/fd/1";
  static uint64_t words[512];
  for (uint64_t i = 0; i < 512; ++i) words[i] = i % 3 == 0 ? At(page) : i % 3 == 1 ? ~0ull >> (i % 60) : i;
  return {0,           1,          2,          3,          7,         64,          4095,        4096,         65536,
          1u << 20,    0x7fffffff, 0x80000000, 0xffffffff, ~0ull,     1ull << 63,  ~0ull >> 1,  At(page),     At(page) + 1,
          At(page) + 4095, At(page) + 4096, At(words), At(words) + 4088, At(name.c_str()), At(long_name.c_str()),
          At(longer.c_str()), At(own.c_str()), static_cast<uint64_t>(AT_FDCWD), static_cast<uint64_t>(-4096)};
}

int Attack(const World& world) {
  const std::vector<uint64_t> values = Edges(world);
  const Crowd crowd(6, [&](int seed) {
    std::minstd_rand random(static_cast<unsigned>(seed + 1));
    for (int round = 0; round < 15; ++round) {
      for (const int number : kHeld) {
        const pid_t child = fork();
        if (child == 0) {
          setpgid(0, 0);
          alarm(1);
          for (int i = 0; i < 12; ++i) {
            uint64_t a[6];
            for (uint64_t& one : a) one = values[random() % values.size()];
            syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
          }
          _exit(0);
        }
        waitpid(child, nullptr, 0);
        random();
      }
    }
    _exit(0);
  });
  usleep(2'000'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_bad_arguments", .row = "H: crash: bad pointers, unterminated names, iov counts, PATH_MAX",
              .attack = &Attack, .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
