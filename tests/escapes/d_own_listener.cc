// A listener of its own: the newer filter's supervisor is the attack itself, and answers every open with "go on".

#include <sys/ioctl.h>

#include "tests/escapes/filtering.h"
#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const auto listener = static_cast<int>(FilterOpenAt(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER));
  if (listener < 0) return 1;
  std::thread([listener] {
    for (;;) {
      seccomp_notif call{};
      if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) continue;
      seccomp_notif_resp answer{call.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE};
      ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
  }).detach();
  const bool taken = OpenAndTakeSecret(world, world.secret().c_str());
  _exit(taken ? 0 : 1);
}

int Twin(const World&) { return FilterOpenAt(SECCOMP_RET_ALLOW, 0) == 0 && Spill("own", "text") ? 0 : 1; }

USHER_ESCAPE({.name = "d_own_listener",
              .row = "D: own seccomp filter",
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
