// What an attack that tries several calls left behind, call by call.

#ifndef USHER_TESTS_ESCAPES_EVIDENCE_H_
#define USHER_TESTS_ESCAPES_EVIDENCE_H_

#include <cstdio>
#include <string>
#include <vector>

#include "tests/escapes/escape.h"

namespace usher::escapes {

struct Try {
  std::string how;
  bool worked;
};

// Alone every try must have worked, or it proves nothing; under Usher one is an escape.
inline bool Worked(const Outside& outside, const std::vector<Try>& tries) {
  bool all = true, any = false;
  for (const Try& one : tries) {
    (one.worked ? any : all) = one.worked;
    if (one.worked != outside.alone()) std::printf("  %s: %s\n", one.how.c_str(), one.worked ? "worked" : "did not work");
  }
  return outside.alone() ? all : any;
}

// Inside: loot that says by which try it was made.
inline void LootBy(const World& world, const std::string& how, const std::string& text) {
  if (!text.empty()) Spill(world.loot() + "-" + how, text);
}

inline bool TookSecretBy(const Outside& outside, const std::vector<std::string>& ways) {
  std::vector<Try> tries;
  for (const std::string& how : ways) {
    const std::string text = outside.Read(outside.world().loot() + "-" + how);
    tries.push_back({how, text.find(World::secret_text()) != std::string::npos});
  }
  return Worked(outside, tries);
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_EVIDENCE_H_
