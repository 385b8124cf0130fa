// The per-call benchmarks derive from the table: no held row may be forgotten.

#include <gtest/gtest.h>

#include <set>

#include "bench/calls/recipe.h"
#include "bench/mechanisms/mechanism.h"
#include "supervisor/syscalls/row.h"

namespace usher::bench {
namespace {

std::set<std::string_view> NamesOfTable() {
  std::set<std::string_view> names;
  for (const Row& row : Table()) names.insert(row.name);
  return names;
}

TEST(RecipesTest, EveryHeldRowIsMeasuredOrSaysWhyNot) {
  std::set<std::string_view> excused;
  for (const Unmeasured& unmeasured : UnmeasuredRows()) excused.insert(unmeasured.name);
  for (const Row& row : Table()) {
    if (row.allow_by == AllowBy::kNothing) continue;
    EXPECT_NE(FindRecipe(row.name) != nullptr, excused.contains(row.name))
        << row.name << ": add a recipe in bench/calls, or a reason in kUnmeasured, and not both";
  }
}

TEST(RecipesTest, EveryRecipeIsOfARow) {
  const auto names = NamesOfTable();
  for (const auto recipes : {FileRecipes(), OtherRecipes()}) {
    for (const Recipe& recipe : recipes) EXPECT_TRUE(names.contains(RowOf(recipe))) << recipe.name;
  }
}

TEST(MechanismsTest, EachAllowedCallHasItsSmallestLoop) {
  for (const Row& row : Table()) {
    for (const Recipe* recipe : RecipesOf(row.name)) {
      for (const Mechanism& ours : Mechanisms()) {
        const std::string_view minimal = MinimalFor(row, ours.name);
        if (minimal.empty() || !ours.applies(row, *recipe)) continue;
        bool there = false;
        for (const Mechanism& mechanism : Mechanisms())
          there |= mechanism.name == minimal && mechanism.applies(row, *recipe);
        EXPECT_TRUE(there) << recipe->name << ": " << minimal;
      }
    }
  }
}

}  // namespace
}  // namespace usher::bench
