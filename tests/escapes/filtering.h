// Moves with seccomp filters of the attack's own.

#ifndef USHER_TESTS_ESCAPES_FILTERING_H_
#define USHER_TESTS_ESCAPES_FILTERING_H_

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace usher::escapes {

// Puts a filter onto the caller that says `action` to openat and yes to all else. What seccomp(2) answers.
inline long FilterOpenAt(uint32_t action, unsigned flags) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offsetof(seccomp_data, nr))),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{4, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_FILTERING_H_
