// The supervisor's parts, each as one operation that can be repeated: what of a held call's time is Usher's own.

#ifndef USHER_BENCH_PARTS_PARTS_H_
#define USHER_BENCH_PARTS_PARTS_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace usher::bench {

struct Part {
  std::string_view name;
  // Makes it ready in a directory of its own; the result is called over and over. Empty: not possible on this host.
  std::function<void()> (*make)(const std::string& directory);
  bool quick = false;
  bool counted = true;  // its instructions are counted too: needs to be quick to make ready, and the same each time
};

std::span<const Part> Parts();
const Part* FindPart(std::string_view name);

// Fixed work of the processor alone, about 50 µs: what parts are compared with, so that their ratio means the same on
// another machine.
void Yardstick();

}  // namespace usher::bench

#endif  // USHER_BENCH_PARTS_PARTS_H_
