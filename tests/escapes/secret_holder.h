// A victim that holds the secret in its memory and in a descriptor, and tells where: neither is a secret of its own.

#ifndef USHER_TESTS_ESCAPES_SECRET_HOLDER_H_
#define USHER_TESTS_ESCAPES_SECRET_HOLDER_H_

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/escapes/escape.h"

namespace usher::escapes {

inline char held_secret[64];
inline constexpr int kHeldDescriptor = 50;

// Reports "changed" once somebody has written '!' to the front of it.
inline int HoldSecret(const World& world) {
  std::strcpy(held_secret, World::secret_text().c_str());
  dup2(open(world.secret().c_str(), O_RDONLY), kHeldDescriptor);
  Ready(world, std::to_string(reinterpret_cast<unsigned long>(held_secret)));
  while (held_secret[0] != '!') usleep(5'000);
  Report(world, "changed");
  for (;;) pause();
}

// Where, in the victim.
inline unsigned long HeldAddress() { return std::strtoul(Told("FROM_VICTIM").c_str(), nullptr, 10); }

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_SECRET_HOLDER_H_
