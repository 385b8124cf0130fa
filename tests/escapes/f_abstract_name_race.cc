// An abstract name that is the sandbox's own when a connect to it is judged, and somebody else's when it is dialled:
// the bearer gives it up in between, and a service outside has only waited for it.

#include "tests/escapes/racing.h"
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Takes the name whenever it is free, for a moment, and reports who comes.
int Victim(const World& world) {
  Ready(world, "waiting");
  for (;;) {
    const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const Address name = Unix(AbstractName(world));
    if (bind(server, name.get(), name.size) == 0 && listen(server, 8) == 0) {
      usleep(2'000);
      if (accept(server, nullptr, nullptr) >= 0) Report(world, "visited");
    }
    close(server);
    if (getppid() == 1) return 0;
  }
}

int Attack(const World& world) {
  const std::string name = AbstractName(world);
  unsigned round = 0;
  KeepTrying(
      [&] {
        const int server = Serve(Unix(name));
        if (server < 0) return Told("USHER_SESSION").empty() && Dial(Unix(name)) >= 0;
        const unsigned delay = (round++ * 37) % 600;
        std::thread giving_up([&] {
          const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(delay);
          while (std::chrono::steady_clock::now() < end) continue;
          close(server);
        });
        close(Dial(Unix(name)));
        giving_up.join();
        // Where both processors are one, and emulated, nobody but who sleeps lets the service have the name.
        if (round % 4 == 0) usleep(1'000);
        return false;
      },
      std::chrono::milliseconds(3000));
  usleep(20'000);
  return 0;
}

USHER_ESCAPE({.name = "f_abstract_name_race",
              .row = "F: abstract sockets (X11, IBus)",
              .attack = &Attack,
              .escaped = &Reported,
              .twin = &DialOwnAbstractName,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
