#include <cstddef>
#include <cstdint>

#include "tests/fuzz/interpose/library_demands.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  usher::CheckLibrary({reinterpret_cast<const char*>(data), size});
  return 0;
}
