// Usher as it is, but each receiving of a held call takes 80 µs longer, which stands out on a busy machine too: the linker
// puts this in the place of ioctl(2), in this test's own program and nowhere else. A build that got slower looks like this to
// the suite.

#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include <cstdarg>
#include <ctime>

extern "C" int __real_ioctl(int fd, unsigned long request, ...);

extern "C" int __wrap_ioctl(int fd, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void* argument = va_arg(list, void*);
  va_end(list);
  const int result = __real_ioctl(fd, request, argument);
  if (request != SECCOMP_IOCTL_NOTIF_RECV || result != 0) return result;
  timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((now.tv_sec - start.tv_sec) * 1'000'000'000 + (now.tv_nsec - start.tv_nsec) < 80'000);
  return result;
}
