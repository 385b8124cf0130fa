// What must hold of any bytes that call themselves a library.

#ifndef USHER_TESTS_FUZZ_INTERPOSE_LIBRARY_DEMANDS_H_
#define USHER_TESTS_FUZZ_INTERPOSE_LIBRARY_DEMANDS_H_

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "interpose/patch.h"
#include "interpose/scan.h"

namespace usher {

inline void Demand(bool holds) {
  if (!holds) std::abort();
}

inline void CheckLibrary(std::string_view text) {
  const std::vector<uint8_t> bytes(text.begin(), text.end());  // on the heap, so that a byte too far is seen
  const auto image = ElfImage::Read(bytes);
  if (!image) return;
  Demand(image->code().begin <= image->code().end && image->code().end == image->room().begin);
  Demand(image->FileOffset(image->room().end) <= bytes.size());
  const std::vector<Site> sites = FindSites(*image);
  for (const Site& site : sites) {
    const auto function = image->FunctionAt(site.call);
    Demand(function && function->Holds(site.front) && site.resume <= function->end);
    Demand(site.front + JumpSize(image->machine()) <= site.call && site.call < site.back);
    Demand(site.back + JumpSize(image->machine()) <= site.resume);
  }
  for (const Edit& edit : PlanPatch(*image, sites)) {
    const uint64_t end = edit.address + edit.bytes.size();
    Demand(image->Bytes({edit.address, end}).size() == edit.bytes.size());
    Demand(edit.address >= image->room().begin || end <= image->code().end);
  }
}

}  // namespace usher

#endif  // USHER_TESTS_FUZZ_INTERPOSE_LIBRARY_DEMANDS_H_
