// The loader runs any program that it is given, by a name that no exec rule is about. What that program may touch is
// the wall: cat, started so, opens the secret.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

#if defined(__x86_64__)
constexpr char kLoader[] = "/lib64/ld-linux-x86-64.so.2";
#else
constexpr char kLoader[] = "/lib/ld-linux-aarch64.so.1";
#endif

int Attack(const World& world) {
  if (access(kLoader, X_OK) < 0) return std::puts("no loader of glibc here"), kCannotTry;
  std::string file = world.secret();
  char loader[] = "ld.so", cat[] = "/usr/bin/cat";
  char* const argv[] = {loader, cat, file.data(), nullptr};
  return Run(OpenLoot(world), kLoader, argv);
}

int Twin(const World& world) {
  if (access(kLoader, X_OK) < 0) return 0;
  char loader[] = "ld.so", echo[] = "/usr/bin/echo", text[] = "the allowed program ran";
  char* const argv[] = {loader, echo, text, nullptr};
  return Run(OpenLoot(world), kLoader, argv), AllowedProgramRan(world);
}

USHER_ESCAPE(
    {.name = "d_loader_as_program", .row = "D: ld.so PROG", .attack = &Attack, .escaped = &TookSecret, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
