// How much longer than on a common machine things may take here: what USHER_TEST_PATIENCE says, or 1. An emulated machine
// has more of it. Only limits and pauses are stretched, so that a test asks for the same thing everywhere.

#ifndef USHER_TESTS_SUPPORT_PATIENCE_H_
#define USHER_TESTS_SUPPORT_PATIENCE_H_

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace usher {

inline int Patience() {
  const char* factor = std::getenv("USHER_TEST_PATIENCE");
  return factor == nullptr ? 1 : std::max(1, std::atoi(factor));
}

// Gives whoever runs beside us time to do what is expected of him.
inline void Pause(int milliseconds) {
  for (int i = 0; i < Patience(); ++i) usleep(static_cast<useconds_t>(milliseconds) * 1000);
}

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_PATIENCE_H_
