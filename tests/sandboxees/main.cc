#include <cstdio>

#include "tests/sandboxees/sandboxee.h"

int main(int argc, char** argv) {
  using namespace usher::sandboxee;
  const Arguments arguments(argv + (argc > 2 ? 2 : argc), argv + argc);
  for (const auto& cases : {FileCases(), SocketCases(), ProcessCases(), KernelCases(), GateCases()}) {
    for (const Case& one : cases) {
      if (argc < 2 || std::strcmp(one.name, argv[1]) != 0) continue;
      std::printf("%s\n", one.run(arguments).c_str());
      return 0;
    }
  }
  std::fprintf(stderr, "sandboxee: no such case\n");
  return 2;
}
