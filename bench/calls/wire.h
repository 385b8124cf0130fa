// What the measured process and the runner say to each other, over its standard input and output: the runner sends how
// many calls each thread shall make, and gets a Batch and the time of each call. Zero calls, or the end of the input:
// end.

#ifndef USHER_BENCH_CALLS_WIRE_H_
#define USHER_BENCH_CALLS_WIRE_H_

#include <cstdint>

namespace usher::bench {

inline constexpr uint32_t kHelloMagic = 0x75736831, kBatchMagic = 0x75736832;

struct Hello {
  uint32_t magic = kHelloMagic;
  int32_t pid = 0;
  int32_t prepared = 0;  // 0, or the errno that preparing failed with: nothing else follows then
  int32_t outside = 0;   // errno of opening the file that a floor would refuse, 0 where it was opened
  double clock_ns = 0;   // what reading the clock costs, already taken off every time
};

struct Batch {
  uint32_t magic = kBatchMagic;
  int32_t error = 0;     // errno of a call that did not do what it should
  uint64_t calls = 0;    // of all threads together; as many uint32_t follow, in ns
  uint64_t wall_ns = 0;  // from the first thread's start to the last one's end, with what is not timed
  uint64_t waits = 0;    // context switches: a held call waits
};

}  // namespace usher::bench

#endif  // USHER_BENCH_CALLS_WIRE_H_
