// The inside of an escape: `escapee attack NAME ROOT` or `escapee twin NAME ROOT`; and its victim, outside.

#include <cstdio>
#include <cstring>

#include "tests/escapes/escape.h"

int main(int argc, char** argv) {
  using namespace usher::escapes;
  if (argc >= 4) {
    const World world{argv[3]};
    for (const Escape& escape : AllEscapes()) {
      if (std::strcmp(escape.name, argv[2]) != 0) continue;
      const std::string part = argv[1];
      return part == "twin" ? escape.twin(world) : part == "victim" ? escape.victim(world) : escape.attack(world);
    }
  }
  std::fprintf(stderr, "escapee: no such attack\n");
  return 2;
}
