#include <cstddef>
#include <cstdint>

#include "tests/fuzz/cli/log_line_demands.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  usher::CheckLogLine({reinterpret_cast<const char*>(data), size});
  return 0;
}
