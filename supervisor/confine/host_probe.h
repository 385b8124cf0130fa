// What does this host let an unprivileged supervisor do? Found out by doing it, in children that are thrown away, never
// by asking for a version: kernels are patched, containers filter calls, and another supervisor may have been here
// first.

#ifndef USHER_SUPERVISOR_CONFINE_HOST_PROBE_H_
#define USHER_SUPERVISOR_CONFINE_HOST_PROBE_H_

#include <cstdint>

namespace usher {

// How one thing that was tried ended.
struct Attempt {
  static constexpr int kUntried = -1;   // something before it failed, or time ran out
  static constexpr int kUnwanted = -2;  // it was asked to do without (--mechanism)
  static constexpr int kKilled = 1000;  // plus the number of the signal that killed whoever tried
  static constexpr int kHung = 2000;    // no answer in time

  int error = kUntried;  // errno, 0 when it works

  bool ok() const { return error == 0; }
};

// Plain bytes: it comes through a pipe.
struct HostFeatures {
  Attempt no_new_privs;
  Attempt seccomp_filter;  // installs, and bites
  Attempt new_listener;    // EBUSY: another listener holds this process tree already
  Attempt wait_killable;   // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
  Attempt add_fd;          // SECCOMP_IOCTL_NOTIF_ADDFD, then a reply
  Attempt add_fd_send;     // both at once
  Attempt sync_wake_up;    // SECCOMP_IOCTL_NOTIF_SET_FLAGS
  Attempt pidfd_open;
  Attempt pidfd_getfd;  // of an own child, as all that follow
  Attempt process_vm_readv;
  Attempt ptrace_seize;  // seize, interrupt, detach
  Attempt trace_calls;   // mediated calls stop for a tracer; EBUSY: a listener further up answers needed ones first
  Attempt landlock;      // restricts, and an open outside is refused
  Attempt openat2;
  Attempt close_range_unshare;
  Attempt user_namespace;  // for information: Usher needs none

  int32_t landlock_abi = 0;   // 0: none
  int32_t calls_taken = 0;    // mediated calls that a listener further up answers first: refused in a traced run
  int32_t yama_scope = -1;    // kernel.yama.ptrace_scope; -1: this host has no Yama
  uint32_t uid = 0;           // effective
  uint64_t capabilities = 0;  // effective, a bit each
  char container[32] = {};    // "docker", "podman", …; empty: none that shows
};

// Takes some milliseconds, and ends when one attempt takes four seconds: what was not found out by then is kUntried. Leaves
// no process behind.
HostFeatures Probe();

// The facts that need no attempt: Yama, user, capabilities, container, ABI.
void ReadFacts(HostFeatures& features);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_HOST_PROBE_H_
