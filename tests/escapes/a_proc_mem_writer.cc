// A child writes the name in its parent's memory through /proc/PID/mem, opened once: each write is a plain pwrite(2).

#include <sys/prctl.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  char name[] = "s/letters";
  const int memory = open(("/proc/" + std::to_string(getpid()) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
  const auto at = static_cast<off_t>(reinterpret_cast<uintptr_t>(name));
  const MeanwhileOutOfProcess turning(0, [=](unsigned i) { return pwrite(memory, i % 2 == 0 ? "t" : "s", 1, at); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, name); }) ? 0 : 1;
}

USHER_ESCAPE({.name = "a_proc_mem_writer",
              .row = "A: /proc/PID/mem",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
