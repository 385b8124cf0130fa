#include "interpose/patch.h"

namespace usher {

std::vector<Edit> PlanPatch(const ElfImage& image, std::span<const Site> sites) {
  const bool x86 = image.machine() == Machine::kX86_64;
  const auto jump = x86 ? &JumpOnX86 : &JumpOnAArch64;
  std::vector<Edit> edits;
  uint64_t at = (image.room().begin + 15) & ~uint64_t{15};
  for (const Site& site : sites) {
    const std::span<const uint8_t> front = image.Bytes({site.front, site.call});
    const std::span<const uint8_t> back = image.Bytes({site.back, site.resume});
    Stubs stubs = x86 ? StubsOnX86(site, front, back, at) : StubsOnAArch64(site, front, back, at);
    const uint64_t leave = at + stubs.enter.size();
    const uint64_t end = leave + stubs.leave.size();
    if (front.empty() || back.empty() || end > image.room().end) break;
    edits.push_back({at, std::move(stubs.enter)});
    edits.push_back({leave, std::move(stubs.leave)});
    edits.push_back({site.front, jump(site.front, at, site.call - site.front)});
    edits.push_back({site.back, jump(site.back, leave, site.resume - site.back)});
    at = (end + 15) & ~uint64_t{15};
  }
  return edits;
}

}  // namespace usher
