#include "policies/parser.h"

#include <charconv>
#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "absl/status/status.h"
#include "policies/ascii_text.h"
#include "policies/escape.h"
#include "policies/expansion.h"
#include "policies/host_pattern.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMaxFile = size_t{1} << 20;
constexpr size_t kMaxName = 64;
constexpr std::string_view kBuiltins[] = {"builtin:developer"};

struct VerdictKey {
  std::string_view key;
  Verdict verdict;
};
constexpr VerdictKey kVerdictKeys[] = {{"allow", Verdict::kAllow}, {"ask", Verdict::kAsk}, {"deny", Verdict::kDeny}};

// Reads one file. Each method reads one table or list, and gives the first error.
class Reader {
 public:
  Reader(std::string_view file, const AsciiText& text, const PolicyContext& context)
      : file_(file), text_(text), context_(context) {}

  absl::StatusOr<ParsedPolicy> Read(const toml::table& root) {
    parsed_.policy.origin = file_;
    if (!root.contains("version")) {
      return absl::InvalidArgumentError(Cat(file_, ":1:1: the version is missing; begin with \"version = 1\""));
    }
    absl::Status status = ReadTable(root, "",
                                    {{"version", [&](const auto& node) { return ReadVersion(node); }},
                                     {"name", [&](const auto& node) { return ReadName(node); }},
                                     {"extends", [&](const auto& node) { return ReadExtends(node); }},
                                     {"files", [&](const auto& node) { return ReadFiles(node); }},
                                     {"network", [&](const auto& node) { return ReadNetwork(node); }},
                                     {"sockets", [&](const auto& node) { return ReadSockets(node); }},
                                     {"environment", [&](const auto& node) { return ReadEnvironment(node); }},
                                     {"prompt", [&](const auto& node) { return ReadPrompt(node); }},
                                     {"log", [&](const auto& node) { return ReadLog(node); }}});
    if (!status.ok()) return status;
    return std::move(parsed_);
  }

  absl::Status Error(const toml::source_region& at, std::string_view message) const {
    return absl::InvalidArgumentError(Cat(Place(at), ": ", message));
  }

 private:
  using ReadValue = std::function<absl::Status(const toml::node&)>;
  // One entry of a list: its text, how the rule reads in words, and where it stands.
  struct Entry {
    std::string_view value;
    std::string text, source;
  };
  using AddEntry = std::function<absl::Status(const Entry&)>;
  struct Field {
    std::string_view key;
    ReadValue read;
  };

  std::string Place(const toml::source_region& at) const {
    return Cat(file_, ":", text_.PlaceOf(at.begin.line, at.begin.column));
  }

  absl::Status WrongType(const toml::node& node, std::string_view what, std::string_view wanted) const {
    return Error(node.source(), Cat("\"", what, "\" must be ", wanted));
  }

  // Reads `node` as a table that has these keys and no others.
  absl::Status ReadTable(const toml::node& node, std::string_view what, std::initializer_list<Field> fields) const {
    const toml::table* table = node.as_table();
    if (table == nullptr) return WrongType(node, what, "a table, as in \"[files]\" or \"read.allow = [...]\"");
    for (const auto& [key, value] : *table) {
      const Field* known = nullptr;
      for (const Field& field : fields) {
        if (field.key == key.str()) known = &field;
      }
      if (known == nullptr) {
        std::vector<std::string_view> names;
        for (const Field& field : fields) names.push_back(field.key);
        return UnknownKey(key, what, names);
      }
      absl::Status status = known->read(value);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status UnknownKey(const toml::key& key, std::string_view what,
                          const std::vector<std::string_view>& names) const {
    const std::string nearest = NearestWord(key.str(), names);
    const std::string hint =
        nearest.empty() ? Cat("known here are ", ListOf(names)) : Cat("did you mean \"", nearest, "\"?");
    const std::string where = what.empty() ? std::string() : Cat(" in \"", what, "\"");
    return Error(key.source(), Cat("unknown key \"", Escape(AsciiText::Decode(key.str())), "\"", where, "; ", hint));
  }

  // Reads a list of strings; `what` is the key as it is shown.
  absl::Status ReadList(const toml::node& node, std::string_view what, const AddEntry& add) const {
    const toml::array* list = node.as_array();
    if (list == nullptr) return WrongType(node, what, Cat("a list of strings, as in \"", what, " = [\\\"...\\\"]\""));
    for (const toml::node& element : *list) {
      const auto* value = element.as_string();
      if (value == nullptr) return Error(element.source(), Cat("each entry of \"", what, "\" must be a string"));
      const std::string text = AsciiText::Decode(value->get());
      const absl::Status status =
          add({.value = text, .text = Cat(what, " \"", text, "\""), .source = Place(element.source())});
      if (status.ok()) continue;
      return Error(element.source(), FromAbsl(status.message()));
    }
    return absl::OkStatus();
  }

  ReadValue List(std::string what, AddEntry add) const {
    return [this, what = std::move(what), add = std::move(add)](const toml::node& node) {
      return ReadList(node, what, add);
    };
  }

  // Reads "X.allow", "X.ask" and "X.deny".
  using AddVerdictEntry = std::function<absl::Status(Verdict, const Entry&)>;
  absl::Status ReadVerdicts(const toml::node& node, const std::string& what, const AddVerdictEntry& add) const {
    const auto list = [&](const VerdictKey& key) {
      return Field{key.key, List(Cat(what, ".", key.key),
                                 [&add, verdict = key.verdict](const Entry& entry) { return add(verdict, entry); })};
    };
    return ReadTable(node, what, {list(kVerdictKeys[0]), list(kVerdictKeys[1]), list(kVerdictKeys[2])});
  }

  absl::Status ReadVersion(const toml::node& node) const {
    const auto* version = node.as_integer();
    if (version == nullptr) return WrongType(node, "version", "the number 1");
    if (version->get() == 1) return absl::OkStatus();
    return Error(node.source(), Cat("version ", version->get(), " is not known to this usher; write \"version = 1\""));
  }

  absl::Status ReadName(const toml::node& node) {
    const auto* name = node.as_string();
    const std::string text = name == nullptr ? std::string() : AsciiText::Decode(name->get());
    if (text.empty() || text.size() > kMaxName) {
      return WrongType(node, "name", Cat("a string of 1 to ", kMaxName, " bytes"));
    }
    parsed_.policy.name = text;
    return absl::OkStatus();
  }

  absl::Status ReadExtends(const toml::node& node) {
    parsed_.stands_on_builtin = false;
    return ReadList(node, "extends", [&](const Entry& entry) {
      if (entry.value == kBuiltins[0]) {
        parsed_.stands_on_builtin = true;
        return absl::OkStatus();
      }
      return absl::InvalidArgumentError(Cat("\"", Escape(entry.value), "\" cannot be extended; write \"", kBuiltins[0],
                                            "\", or \"extends = []\" to stand on nothing"));
    });
  }

  absl::Status AddFileRules(const Entry& entry, const std::vector<RuleUse>& uses, FileRule rule) {
    const auto patterns = ExpandPath(entry.value, context_);
    if (!patterns.ok()) return patterns.status();
    rule.text = entry.text;
    rule.source = entry.source;
    for (const std::string& pattern : *patterns) {
      rule.pattern = pattern;
      for (const RuleUse use : uses) {
        rule.use = use;
        parsed_.policy.files.push_back(rule);
      }
    }
    return absl::OkStatus();
  }

  ReadValue FileRules(std::string what, std::vector<RuleUse> uses, const FileRule& rule) {
    return List(std::move(what),
                [this, uses = std::move(uses), rule](const Entry& entry) { return AddFileRules(entry, uses, rule); });
  }

  absl::Status ReadFiles(const toml::node& node) {
    const std::vector<RuleUse> all_uses = {RuleUse::kRead, RuleUse::kWrite, RuleUse::kExec};
    const auto use_table = [&](std::string_view key, RuleUse use) {
      return Field{key, [this, key, use](const toml::node& value) {
                     return ReadVerdicts(value, std::string(key), [&](Verdict verdict, const Entry& entry) {
                       return AddFileRules(entry, {use}, {.verdict = verdict});
                     });
                   }};
    };
    const FileRule secret{.verdict = Verdict::kAsk, .risk = Risk::kSecret};
    return ReadTable(
        node, "files",
        {use_table("read", RuleUse::kRead),
         use_table("write", RuleUse::kWrite),
         use_table("exec", RuleUse::kExec),
         {"hide", FileRules("hide", all_uses, {.verdict = Verdict::kHide})},
         {"secrets", FileRules("secrets", all_uses, {.verdict = Verdict::kHide, .risk = Risk::kSecret})},
         {"secret",
          [&](const toml::node& value) {
            return ReadTable(value, "secret", {{"ask", FileRules("secret.ask", all_uses, secret)}});
          }},
         {"run_later", FileRules("run_later", {RuleUse::kWrite}, {.verdict = Verdict::kAsk, .risk = Risk::kRunsLater})},
         {"harmless", FileRules("harmless", {RuleUse::kWrite}, {.verdict = Verdict::kAllow, .harmless = true})}});
  }

  absl::Status AddHostRule(bool listen, Verdict verdict, const Entry& entry) {
    HostRule rule;
    rule.listen = listen;
    rule.verdict = verdict;
    rule.text = entry.text;
    rule.source = entry.source;
    if (entry.value == "$DNS") {
      for (const IpAddress& server : context_.name_servers) {
        rule.pattern = PatternOfNameServer(server);
        parsed_.policy.hosts.push_back(rule);
      }
      return absl::OkStatus();
    }
    absl::StatusOr<HostPattern> pattern = ParseHostPattern(entry.value);
    if (!pattern.ok()) return pattern.status();
    const bool named =
        pattern->kind == HostPattern::Kind::kName || pattern->kind == HostPattern::Kind::kNameAndSubdomains;
    if (listen && named) {
      return absl::InvalidArgumentError(Cat("\"", Escape(entry.value),
                                            "\" is a name, and ports are opened at addresses; write "
                                            "\"loopback:3000-3999\" or \"0.0.0.0:8080\""));
    }
    rule.pattern = *std::move(pattern);
    parsed_.policy.hosts.push_back(std::move(rule));
    return absl::OkStatus();
  }

  absl::Status ReadNetwork(const toml::node& node) {
    const auto list = [&](const VerdictKey& key) {
      return Field{key.key, List(Cat("network.", key.key), [this, verdict = key.verdict](const Entry& entry) {
                     return AddHostRule(false, verdict, entry);
                   })};
    };
    return ReadTable(node, "network",
                     {list(kVerdictKeys[0]),
                      list(kVerdictKeys[1]),
                      list(kVerdictKeys[2]),
                      {"listen", [this](const toml::node& value) {
                         return ReadVerdicts(value, "listen", [this](Verdict verdict, const Entry& entry) {
                           return AddHostRule(true, verdict, entry);
                         });
                       }}});
  }

  absl::Status ReadSockets(const toml::node& node) {
    return ReadVerdicts(node, "sockets", [this](Verdict verdict, const Entry& entry) {
      const absl::StatusOr<SocketPatterns> sockets = ExpandSocket(entry.value, context_);
      if (!sockets.ok()) return sockets.status();
      for (const std::string& pattern : sockets->patterns) {
        parsed_.policy.sockets.push_back({.verdict = verdict,
                                          .risk = sockets->risk,
                                          .pattern = pattern,
                                          .text = entry.text,
                                          .source = entry.source});
      }
      return absl::OkStatus();
    });
  }

  absl::Status ReadEnvironment(const toml::node& node) {
    const auto list = [&](std::string_view key, bool pass) {
      return Field{
          key, List(Cat("environment.", key), [this, pass](const Entry& entry) {
            if (entry.value.empty() ||
                entry.value.find_first_of(std::string_view("=\0", 2)) != std::string_view::npos) {
              return absl::InvalidArgumentError(
                  Cat("\"", Escape(entry.value), "\" is no name of a variable; write \"PATH\" or \"*_TOKEN\""));
            }
            parsed_.policy.environment.push_back(
                {.pass = pass, .pattern = entry.value, .text = entry.text, .source = entry.source});
            return absl::OkStatus();
          })};
    };
    return ReadTable(node, "environment", {list("pass", true), list("mask", false)});
  }

  absl::Status ReadPrompt(const toml::node& node) {
    return ReadTable(node, "prompt", {{"hold", [this](const toml::node& value) { return ReadHold(value); }}});
  }

  absl::Status ReadHold(const toml::node& node) {
    const auto* text = node.as_string();
    const std::optional<int> seconds = text == nullptr ? std::nullopt : ParseSeconds(text->get());
    if (!seconds) return WrongType(node, "prompt.hold", "a time from \"1s\" to \"24h\", as in \"60s\" or \"5m\"");
    parsed_.policy.hold_seconds = *seconds;
    return absl::OkStatus();
  }

  static std::optional<int> ParseSeconds(std::string_view text) {
    constexpr int kDay = 24 * 60 * 60;
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end + 1 != text.data() + text.size()) return std::nullopt;
    const int unit = *end == 's' ? 1 : *end == 'm' ? 60 : *end == 'h' ? 60 * 60 : 0;
    if (unit == 0 || count < 1 || count > kDay / unit) return std::nullopt;
    return count * unit;
  }

  absl::Status ReadLog(const toml::node& node) {
    return ReadTable(node, "log", {{"reads", [this](const toml::node& value) {
                                      const auto* reads = value.as_boolean();
                                      if (reads == nullptr) return WrongType(value, "log.reads", "true or false");
                                      parsed_.policy.log_reads = reads->get();
                                      return absl::OkStatus();
                                    }}});
  }

  const std::string file_;
  const AsciiText& text_;
  const PolicyContext& context_;
  ParsedPolicy parsed_;
};

}  // namespace

absl::StatusOr<ParsedPolicy> ParsePolicy(std::string_view text, std::string_view file, const PolicyContext& context) {
  if (text.size() > kMaxFile) {
    return absl::InvalidArgumentError(
        Cat(file, ":1:1: the file is larger than ", kMaxFile, " bytes; split or shorten it"));
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // some editors begin every file with a mark
  const absl::StatusOr<AsciiText> ascii = AsciiText::Encode(text, file);
  if (!ascii.ok()) return ascii.status();
  Reader reader(file, *ascii, context);
  const toml::parse_result result = toml::parse(ascii->str());
  if (!result) {
    std::string description = AsciiText::Decode(result.error().description());
    // The reader met our spelling of such a character.
    if (description.ends_with("saw '%'")) description += " or a character beyond ASCII, which stands in strings only";
    return reader.Error(result.error().source(), Cat(Escape(description), "; this is not TOML"));
  }
  return reader.Read(result.table());
}

}  // namespace usher
