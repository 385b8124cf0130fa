// A thread with a descriptor table of its own (unshare(CLONE_FILES)): the number is a UDP socket in the first thread's
// table and a TCP socket in this one. Who looks at the process judges the one, and the call is about the other.

#include <sched.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenTcp())); }

int Attack(const World&) {
  const sockaddr_in name = Loopback(std::atoi(Told("PORT").c_str()));
  const auto* address = reinterpret_cast<const sockaddr*>(&name);
  if (bind(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), address, sizeof(name)) < 0) {
    return std::puts("the port is taken for UDP"), kCannotTry;
  }
  const int number = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int result = -1;
  std::thread([&] {
    if (unshare(CLONE_FILES) < 0 || dup2(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), number) < 0) return;
    result = connect(number, address, sizeof(name));
  }).join();
  return result;
}

USHER_ESCAPE({.name = "a_descriptors_of_its_own",
              .row = "A: fd number reused",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.WasReached(); }});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
