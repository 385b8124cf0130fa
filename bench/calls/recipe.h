// How is a row of the table called in a loop? One recipe a system call: what it needs, the call itself, and what makes
// it possible again. Recipes run in the measured process, which is small, static, and on its own in its scratch
// directory.

#ifndef USHER_BENCH_CALLS_RECIPE_H_
#define USHER_BENCH_CALLS_RECIPE_H_

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace usher::bench {

// What one thread calls with. Made by Recipe::prepare, used by that thread alone.
struct Bench {
  long nr = -1;           // of the row, here
  std::string directory;  // this thread's own, absolute
  std::string a, b;       // names in it; what they are is the recipe's business
  std::string program;    // a static program that ends at once
  int fd = -1, other = -1;
  uint16_t port = 0;       // of `other`, as the network writes it
  unsigned long mark = 0;  // in the mode of an open that may run in the kernel (interpose/wire.h), or 0
  uint64_t turn = 0;       // how many calls there were: those that go to and fro look at its last bit
  long result = 0;         // of the latest call
};

// All are raw system calls: libc may not put another in their place.
struct Recipe {
  std::string_view name;  // of the row; behind a blank, what is special where a row has more than one recipe
  bool (*prepare)(Bench&) = nullptr;  // false with errno: cannot be measured here
  void (*before)(Bench&) = nullptr;   // not timed
  long (*call)(Bench&) = nullptr;     // timed; what syscall(2) returns
  void (*after)(Bench&) = nullptr;    // not timed
  int expected_errno = 0;             // of a call that fails by design, as Linux itself answers it
  std::string_view remark{};          // what else is in the time
};

std::span<const Recipe> FileRecipes();
std::span<const Recipe> OtherRecipes();  // sockets, processes, and the ones that stay in the kernel
std::string_view RowOf(const Recipe& recipe);
std::vector<const Recipe*> RecipesOf(std::string_view row);
const Recipe* FindRecipe(std::string_view name);

// Rows that are held and have no recipe, each with its reason. A test holds the table against both lists.
struct Unmeasured {
  std::string_view name, why;
};
std::span<const Unmeasured> UnmeasuredRows();

}  // namespace usher::bench

#endif  // USHER_BENCH_CALLS_RECIPE_H_
