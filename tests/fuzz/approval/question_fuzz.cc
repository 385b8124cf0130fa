#include <cstddef>
#include <cstdint>

#include "tests/fuzz/approval/question_demands.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  usher::CheckQuestion({reinterpret_cast<const char*>(data), size});
  return 0;
}
