#include <cstddef>
#include <cstdint>

#include "tests/fuzz/approval/approver_frames_demands.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  usher::CheckApproverLine({reinterpret_cast<const char*>(data), size});
  return 0;
}
