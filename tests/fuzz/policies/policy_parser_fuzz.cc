// Any bytes as a policy file: refused with a place, or a policy that can judge and be shown.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policies/parser.h"
#include "policies/path_pattern.h"
#include "policies/printer.h"
#include "policies/ruleset.h"
#include "policies/text.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsPlain(std::string_view text) {
  for (const char c : text) {
    if (c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace usher;
  const PolicyContext context = {.home = "/home/me",
                                 .workspace = "/home/me/src/shop",
                                 .temporary = "/tmp/usher-7f3a",
                                 .runtime = "/run/user/1000",
                                 .name_servers = {*IpAddress::Parse("127.0.0.53")}};
  const absl::StatusOr<ParsedPolicy> parsed =
      ParsePolicy({reinterpret_cast<const char*>(data), size}, "policy.toml", context);
  if (!parsed.ok()) {
    const std::string_view message = FromAbsl(parsed.status().message());
    Require(message.starts_with("policy.toml:"));
    Require(IsPlain(message));  // a project's file must not write to the terminal
    return 0;
  }
  for (const FileRule& rule : parsed->policy.files) Require(PathPattern::Parse(rule.pattern).has_value());
  Policy tightening = parsed->policy;
  tightening.trust = Trust::kTighten;
  const Ruleset rules({parsed->policy});
  const Ruleset tightened({parsed->policy, tightening});
  for (const char* path : {"/", "/home/me/src/shop/a/.env", "/home/me/.ssh/id_rsa", "/a/b/c/d/e/f.pem"}) {
    for (const FileAction action : {FileAction::kRead, FileAction::kWrite}) {
      const FileOperation file{.action = action, .path = path, .carries_subtree = true};
      Require(tightened.Decide(file).verdict >= rules.Decide(file).verdict);
    }
    const UnixSocketOperation socket{.name = path};
    Require(tightened.Decide(socket).verdict >= rules.Decide(socket).verdict);
  }
  const NetOperation net{.address = *IpAddress::Parse("10.1.2.3"), .port = 443, .names = {"a.shop.example"}};
  Require(tightened.Decide(net).verdict >= rules.Decide(net).verdict);
  Require(rules.PassesEnvironment("PATH") || !tightened.PassesEnvironment("PATH"));
  Require(IsPlain(PolicySummary(rules)));
  Require(IsPlain(FullListing(rules)));
  return 0;
}
