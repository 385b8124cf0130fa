// Calls that are refused outright.

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/sandboxees/sandboxee.h"

namespace usher::sandboxee {
namespace {

alignas(8) char zeros[256];

std::string IoUring(const Arguments&) { return Said(syscall(SYS_io_uring_setup, 4, zeros)); }
std::string Clone3(const Arguments&) { return Said(syscall(SYS_clone3, zeros, 64)); }
std::string Openat2(const Arguments&) { return Said(syscall(SYS_openat2, AT_FDCWD, "/", zeros, 24)); }
std::string UserNamespace(const Arguments&) { return Said(unshare(CLONE_NEWUSER)); }
std::string CloneUserNamespace(const Arguments&) { return Said(syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0)); }
std::string UnshareFiles(const Arguments&) { return Said(unshare(CLONE_FILES)); }
std::string Mount(const Arguments&) { return Said(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, nullptr)); }
std::string Bpf(const Arguments&) { return Said(syscall(SYS_bpf, 0, zeros, 64)); }
std::string Keyctl(const Arguments&) { return Said(syscall(SYS_keyctl, 0, -3, 0)); }
std::string Userfaultfd(const Arguments&) { return Said(syscall(SYS_userfaultfd, 0)); }
std::string UnknownCall(const Arguments&) { return Said(syscall(999)); }
std::string Listener(const Arguments&) { return Said(syscall(SYS_seccomp, 1, 8, zeros)); }

std::string Landlock(const Arguments&) { return Said(syscall(SYS_landlock_create_ruleset, nullptr, 0, 1)); }  // VERSION
std::string UserDispatch(const Arguments&) { return Said(prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, zeros)); }

std::string TypeIntoTerminal(const Arguments&) {
  const int tty = open("/dev/tty", O_RDWR);
  if (tty < 0) return Said(-1);
  return Said(ioctl(tty, TIOCSTI, "x"));
}

std::string NoNewPrivileges(const Arguments&) { return std::to_string(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)); }

constexpr Case kCases[] = {
    {"io_uring", &IoUring},
    {"clone3", &Clone3},
    {"openat2", &Openat2},
    {"user-namespace", &UserNamespace},
    {"clone-user-namespace", &CloneUserNamespace},
    {"unshare-files", &UnshareFiles},
    {"mount", &Mount},
    {"bpf", &Bpf},
    {"keyctl", &Keyctl},
    {"userfaultfd", &Userfaultfd},
    {"unknown-call", &UnknownCall},
    {"listener", &Listener},
    {"landlock", &Landlock},
    {"user-dispatch", &UserDispatch},
    {"type-into-terminal", &TypeIntoTerminal},
    {"no-new-privileges", &NoNewPrivileges},
};

}  // namespace

std::span<const Case> KernelCases() { return kCases; }

}  // namespace usher::sandboxee
