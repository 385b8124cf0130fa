// What a fuzzer insists on: a false claim ends the program, with or without a debug build.

#ifndef USHER_TESTS_FUZZ_APPROVAL_DEMAND_H_
#define USHER_TESTS_FUZZ_APPROVAL_DEMAND_H_

#include <cstdio>
#include <cstdlib>

#define USHER_DEMAND(claim)                                                      \
  do {                                                                           \
    if (!(claim)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #claim); \
      std::abort();                                                              \
    }                                                                            \
  } while (false)

#endif  // USHER_TESTS_FUZZ_APPROVAL_DEMAND_H_
