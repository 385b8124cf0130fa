// What do the file rules in force stand for, in the words people use? "the workspace", "caches", "the rest of home".
//
// The built-in policy has hundreds of rules, and nobody reads them one by one: they are named by what they stand for.
// Each rule of a file of the person's or the project's is named itself, because it is what differs from the ordinary.

#ifndef USHER_POLICIES_PLACE_WORDS_H_
#define USHER_POLICIES_PLACE_WORDS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policies/ruleset.h"

namespace usher {

struct PlaceWords {
  std::vector<std::string_view> allowed, asked, denied;  // words for built-in rules
  size_t hidden = 0;                                     // of them, those that hide
  size_t guarded = 0;                                    // … that ask because a secret may lie there
  size_t run_later = 0;                                  // … that ask because something outside runs what lies there

  struct Added {
    const Policy* layer;
    const FileRule* rule;
  };
  std::vector<Added> added;  // the rules of the files, as they stand there
};

// The words live as long as the program, the rules as long as the ruleset. What a layer allows counts only where the
// layers together allow it.
PlaceWords PlaceWordsFor(RuleUse use, const Ruleset& ruleset);

// The use of a path that a rule of this kind is about.
Operation UseOf(RuleUse use, std::string path);

// What a rule's text speaks of: `~/.ssh` of `hide "~/.ssh"`.
std::string_view ValueOf(std::string_view text);

}  // namespace usher

#endif  // USHER_POLICIES_PLACE_WORDS_H_
