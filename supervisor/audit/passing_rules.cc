#include "supervisor/audit/passing_rules.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "policies/path_pattern.h"
#include "policies/text.h"
#include "supervisor/audit/json_text.h"
#include "supervisor/audit/redact.h"

namespace usher {
namespace {

constexpr size_t kMostOfAList = 40;

// In the order in which a policy file has them.
constexpr std::array<std::string_view, 6> kLists = {"files.read.allow", "files.write.allow",    "files.exec.allow",
                                                    "network.allow",    "network.listen.allow", "sockets.allow"};

std::string_view ListOf(const Summary::Asked& asked) {
  const std::string_view kind = asked.kind;
  if (kind == "file.read") return kLists[0];
  if (kind.starts_with("file.")) return kLists[1];
  if (kind == "exec") return kLists[2];
  if (kind == "net.connect" || kind == "net.send") return kLists[3];
  if (kind == "net.bind" || kind == "net.listen") return kLists[4];
  if (kind == "unix.bind") return asked.object.starts_with('@') ? "" : kLists[1];
  if (kind.starts_with("unix.")) return kLists[5];
  return "";  // of processes no rule speaks
}

bool NobodyAnswered(const Summary::Asked& asked) {
  return asked.answer == "nobody" || asked.answer == "timeout" || asked.answer == "flood";
}

std::string NameInPolicy(const Summary::Asked& asked, const PathSpelling& spell) {
  const bool is_host = asked.kind.starts_with("net.");
  // No port is one that the kernel chooses: any.
  if (is_host) return asked.object.ends_with(":0") ? asked.object.substr(0, asked.object.size() - 2) : asked.object;
  const std::string spelled = spell(asked.object);
  const bool is_relative =
      !spelled.starts_with('/') && !spelled.starts_with('~') && !spelled.starts_with("./") && !spelled.starts_with('@');
  return is_relative && spelled != "." ? Concat("./", spelled) : spelled;
}

}  // namespace

std::string TomlPattern(std::string_view name) {
  if (!IsUnicode(name)) return "";
  std::string out = "\"";
  for (const char c : QuotePattern(name)) {
    if (c == '\\' || c == '"') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04X", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::vector<std::string> PassingRulesFor(const Summary& summary, const PathSpelling& spell) {
  std::array<std::vector<std::string>, kLists.size()> names;
  for (const Summary::Asked& asked : summary.asked()) {
    if (!NobodyAnswered(asked) || asked.whole_tree) continue;
    const auto list = std::find(kLists.begin(), kLists.end(), ListOf(asked));
    if (list == kLists.end() || asked.object.find(kRedacted) != std::string::npos) continue;
    const std::string pattern = TomlPattern(NameInPolicy(asked, spell));
    std::vector<std::string>& known = names[static_cast<size_t>(list - kLists.begin())];
    const bool is_new = std::find(known.begin(), known.end(), pattern) == known.end();
    if (!pattern.empty() && is_new && known.size() < kMostOfAList) known.push_back(pattern);
  }
  std::vector<std::string> lines;
  for (size_t i = 0; i < kLists.size(); ++i) {
    if (!names[i].empty()) lines.push_back(Concat(kLists[i], " = [", absl::StrJoin(names[i], ", "), "]"));
  }
  return lines;
}

}  // namespace usher
