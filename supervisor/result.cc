#include "supervisor/result.h"

#include <cstdio>

namespace usher {

int Complain(int code, std::string_view what) {
  std::fprintf(stderr, "usher: %.*s\n", static_cast<int>(what.size()), what.data());
  return code;
}

}  // namespace usher
