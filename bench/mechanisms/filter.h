// The smallest seccomp filter that answers one call in its own way and lets all others through.

#ifndef USHER_BENCH_MECHANISMS_FILTER_H_
#define USHER_BENCH_MECHANISMS_FILTER_H_

#include <cstdint>

namespace usher::bench {

// `action` is SECCOMP_RET_*. With `listener`, its descriptor is returned; else 0. -1 with errno: it could not be
// installed. Gives up gaining privileges first. For a process that is about to exec.
int InstallFilter(int nr, uint32_t action, bool listener);

// Landlock as Usher lays it, but all rights stay granted below eight usual places and `workspace`: its price without
// its refusals.
bool InstallFloor(const char* workspace);

}  // namespace usher::bench

#endif  // USHER_BENCH_MECHANISMS_FILTER_H_
