#include "bench/calls/recipe.h"

namespace usher::bench {

std::string_view RowOf(const Recipe& recipe) { return recipe.name.substr(0, recipe.name.find(' ')); }

std::vector<const Recipe*> RecipesOf(std::string_view row) {
  std::vector<const Recipe*> found;
  for (const auto recipes : {FileRecipes(), OtherRecipes()}) {
    for (const Recipe& recipe : recipes) {
      if (RowOf(recipe) == row) found.push_back(&recipe);
    }
  }
  return found;
}

const Recipe* FindRecipe(std::string_view name) {
  for (const auto recipes : {FileRecipes(), OtherRecipes()}) {
    for (const Recipe& recipe : recipes) {
      if (recipe.name == name) return &recipe;
    }
  }
  return nullptr;
}

}  // namespace usher::bench
