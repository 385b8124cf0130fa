// The text of a rule: its own, or one that lives as long as the program.
//
// The built-in policy has some two thousand rules, whose words stand in the program already: they are pointed at
// instead of copied, since every run of Usher would pay for the copies. Copies of a RuleText share what they hold.

#ifndef USHER_POLICIES_RULE_TEXT_H_
#define USHER_POLICIES_RULE_TEXT_H_

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace usher {

class RuleText {
 public:
  RuleText() = default;

  // A copy of any other text.
  template <typename Text>
  requires(std::convertible_to<const Text&, std::string_view> && !std::same_as<std::remove_cvref_t<Text>, RuleText>)
      RuleText(const Text& text)
      : RuleText(std::make_shared<const std::string>(std::string_view(text))) {}

  // A text that is never freed.
  static RuleText Lasting(std::string_view text) { return RuleText(text, nullptr); }

  // A part of a text that is shared with others. `part` lies within it.
  static RuleText PartOf(std::shared_ptr<const std::string> whole, std::string_view part) {
    return RuleText(part, std::move(whole));
  }

  std::string_view view() const { return view_; }
  operator std::string_view() const { return view_; }

  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const RuleText& a, const Text& b) {
    return a.view_ == std::string_view(b);
  }

 private:
  explicit RuleText(std::shared_ptr<const std::string> whole) : view_(*whole), owner_(std::move(whole)) {}
  RuleText(std::string_view view, std::shared_ptr<const std::string> owner) : view_(view), owner_(std::move(owner)) {}

  std::string_view view_;
  std::shared_ptr<const std::string> owner_;
};

}  // namespace usher

#endif  // USHER_POLICIES_RULE_TEXT_H_
