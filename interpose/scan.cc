#include "interpose/scan.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>

#include "interpose/gated_call.h"
#include "interpose/instruction.h"

namespace usher {
namespace {

constexpr uint64_t kLargestFunction = 1 << 16;

// The number that the call at `index` is made with, if the instructions right before say so: put there, and neither
// changed nor jumped over since.
std::optional<uint32_t> NumberOf(const std::vector<Instruction>& code, size_t index,
                                 const std::set<uint64_t>& targets) {
  for (size_t i = index; i-- > 0;) {
    if (targets.contains(code[i + 1].address)) return std::nullopt;
    if (code[i].leaves || code[i].calls_kernel || code[i].changes_number) return std::nullopt;
    if (code[i].number) return static_cast<uint32_t>(*code[i].number);
  }
  return std::nullopt;
}

// Takes instructions before `call` (step -1) or behind it (step 1) until a jump has room. The index of the last one
// taken.
std::optional<size_t> Take(const std::vector<Instruction>& code, size_t call, int step, uint64_t room) {
  uint64_t taken = 0;
  for (size_t i = call; taken < room;) {
    if (step < 0 ? i == 0 : i + 1 == code.size()) return std::nullopt;
    i = step < 0 ? i - 1 : i + 1;
    if (!code[i].movable) return std::nullopt;
    taken += code[i].size;
    if (taken >= room) return i;
  }
  return std::nullopt;
}

bool AnyInside(const std::set<uint64_t>& targets, const Site& site) {
  const auto first = targets.upper_bound(site.front);  // a jump to its very beginning meets the jump that stands there
  return first != targets.end() && *first < site.resume;
}

// Whether the four bytes at `at` may be the distance of a jump or a call: call, jmp, or a long conditional jump.
bool MayBeDistance(std::span<const uint8_t> bytes, uint64_t at) {
  if (at == 0) return false;
  const uint8_t before = bytes[at - 1];
  return before == 0xe8 || before == 0xe9 || (at > 1 && bytes[at - 2] == 0x0f && (before & 0xf0) == 0x80);
}

struct Found {
  Site site;
  Range function;
};

// Drops the sites into whose midst something else in the library leads. Code beyond the function at hand is not decoded
// for this, so that more looks like a jump than is one. A short jump stays within its function, whose jumps are known.
void DropEntered(const ElfImage& image, std::vector<Found>& found) {
  if (found.empty()) return;
  const Range all{found.front().site.front, found.back().site.resume};
  const Range code = image.code();
  const std::span<const uint8_t> bytes = image.Bytes(code);
  const bool x86 = image.machine() == Machine::kX86_64;
  for (uint64_t at = 0; at + 4 <= bytes.size(); at += x86 ? 1 : 4) {
    if (x86 && !MayBeDistance(bytes, at)) continue;
    const uint64_t address = code.begin + at;
    int32_t word;
    std::memcpy(&word, bytes.data() + at, sizeof(word));
    uint64_t target = address + 4 + static_cast<uint64_t>(int64_t{word});
    if (!x86) {
      if ((static_cast<uint32_t>(word) & 0x7c000000) != 0x14000000) continue;  // b, bl
      target = address + static_cast<uint64_t>((int64_t{word} << 38) >> 36);
    }
    if (!all.Holds(target)) continue;
    std::erase_if(found, [&](const Found& one) {
      return !one.function.Holds(address) && one.site.front < target && target < one.site.resume;
    });
  }
}

std::vector<uint64_t> CallsWorthALook(const ElfImage& image) {
  const std::span<const uint8_t> bytes = image.Bytes(image.code());
  const bool x86 = image.machine() == Machine::kX86_64;
  const std::string_view call = x86 ? std::string_view("\x0f\x05", 2) : std::string_view("\x01\x00\x00\xd4", 4);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<uint64_t> found;
  for (size_t at = 0; (at = text.find(call, at)) != text.npos; ++at) found.push_back(image.code().begin + at);
  return found;
}

// Spares the disassembler the five hundred other calls of a C library: the number stands nearby as it does in an
// instruction.
bool MayBeGated(const ElfImage& image, uint64_t call) {
  constexpr uint64_t kNear = 64;
  const Range near{std::max(image.code().begin, call - std::min(call, kNear)), call};
  const std::span<const uint8_t> bytes = image.Bytes(near);
  if (image.machine() == Machine::kAArch64) {
    constexpr uint8_t kMove[] = {0x08, 0x07, 0x80};  // mov x8, #56 or mov w8, #56, but for its last byte
    return std::search(bytes.begin(), bytes.end(), std::begin(kMove), std::end(kMove)) != bytes.end();
  }
  constexpr uint8_t kMoves[][5] = {{0xb8, 0x01, 0x01, 0x00, 0x00},
                                   {0xb8, 0x02, 0x00, 0x00, 0x00}};  // mov $257, %eax; mov $2, %eax
  return std::any_of(std::begin(kMoves), std::end(kMoves), [&](const auto& move) {
    return std::search(bytes.begin(), bytes.end(), std::begin(move), std::end(move)) != bytes.end();
  });
}

}  // namespace

uint64_t JumpSize(Machine machine) { return machine == Machine::kX86_64 ? 5 : 4; }

std::vector<Site> SitesInFunction(Machine machine, std::span<const uint8_t> code, uint64_t address) {
  const auto instructions = Disassemble(machine, code, address);
  if (!instructions) return {};
  std::set<uint64_t> targets;
  for (const Instruction& one : *instructions) {
    if (one.jumps_by_register) return {};  // to where, cannot be seen
    if (one.target) targets.insert(*one.target);
  }
  std::vector<Site> sites;
  for (size_t i = 0; i < instructions->size(); ++i) {
    if (!(*instructions)[i].calls_kernel) continue;
    const auto number = NumberOf(*instructions, i, targets);
    if (!number || !GateOf(machine, *number)) continue;
    const auto front = Take(*instructions, i, -1, JumpSize(machine));
    const auto back = Take(*instructions, i, 1, JumpSize(machine));
    if (!front || !back) continue;
    const Instruction& call = (*instructions)[i];
    const Site site{(*instructions)[*front].address, call.address, call.end(), (*instructions)[*back].end(), *number};
    const bool overlaps = !sites.empty() && site.front < sites.back().resume;
    if (!overlaps && !AnyInside(targets, site)) sites.push_back(site);
  }
  return sites;
}

std::vector<Site> FindSites(const ElfImage& image) {
  std::vector<Found> found;
  Range last;
  for (const uint64_t call : CallsWorthALook(image)) {
    if (last.Holds(call) || !MayBeGated(image, call)) continue;
    const auto function = image.FunctionAt(call);
    if (!function || function->end - function->begin > kLargestFunction) continue;
    last = *function;
    for (const Site& site : SitesInFunction(image.machine(), image.Bytes(*function), function->begin)) {
      // A table that is out of order, or whose functions overlap, has no say in what may be moved.
      const bool ordered = found.empty() || found.back().site.resume <= site.front;
      if (ordered && image.FunctionAt(site.call) == function) found.push_back({site, *function});
    }
  }
  DropEntered(image, found);
  std::vector<Site> sites;
  sites.reserve(found.size());
  for (const Found& one : found) sites.push_back(one.site);
  return sites;
}

}  // namespace usher
