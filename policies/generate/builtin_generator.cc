// Build tool: writes the built-in policies as C++ tables. builtin_generator > builtin_table.cc
//
// Each profile is parsed by the same parser as everybody's file, with marks in place of what only a run knows; where a
// mark stands in a pattern, the table says which directory belongs there.

#include <cstdio>
#include <string>
#include <string_view>

#include "policies/builtin_profiles.h"
#include "policies/builtin_table.h"
#include "policies/parser.h"
#include "policies/place_words.h"
#include "policies/text.h"

namespace usher {
namespace {

struct Mark {
  std::string_view path;  // no profile has such a byte in a name
  std::string_view root;
};
constexpr Mark kMarks[] = {{"/\x01home", "kHome"},
                           {"/\x01workspace", "kWorkspace"},
                           {"/\x01temporary", "kTemporary"},
                           {"/\x01runtime", "kRuntime"}};

PolicyContext MarkedContext() {
  return {.home = std::string(kMarks[0].path),
          .workspace = std::string(kMarks[1].path),
          .temporary = std::string(kMarks[2].path),
          .runtime = std::string(kMarks[3].path),
          .name_servers = {IpAddress::V4({192, 0, 2, 1})}};
}

std::string Literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '?') {
      out += c;
    } else {
      char octal[8];
      std::snprintf(octal, sizeof(octal), "\\%03o", byte);
      out += octal;
    }
  }
  return out + "\"";
}

std::string Pattern(std::string_view pattern, std::string_view value) {
  if (value == "$PARENTS") return "{BuiltinRoot::kParents, {}}";
  for (const Mark& mark : kMarks) {
    if (pattern.starts_with(mark.path)) {
      return Cat("{BuiltinRoot::", mark.root, ", ", Literal(pattern.substr(mark.path.size())), "}");
    }
  }
  return Cat("{BuiltinRoot::kNone, ", Literal(pattern), "}");
}

std::string Enum(std::string_view type, int value) { return Cat("static_cast<", type, ">(", value, ")"); }
std::string Bool(bool value) { return value ? "true" : "false"; }

void PrintFiles(const Policy& policy) {
  std::printf("constexpr BuiltinFileRow kFiles[] = {\n");
  for (size_t i = 0; i < policy.files.size();) {
    const FileRule& rule = policy.files[i];
    // One entry of a list is a rule for each use, one after the other.
    int uses = 0;
    for (; i < policy.files.size() && policy.files[i].pattern == rule.pattern && policy.files[i].text == rule.text &&
           policy.files[i].source == rule.source && (uses >> static_cast<int>(policy.files[i].use)) == 0;
         ++i) {
      uses |= 1 << static_cast<int>(policy.files[i].use);
    }
    std::printf("    {%d, %s, %s, %s, %s, %s, %s},\n", uses, Enum("Verdict", static_cast<int>(rule.verdict)).c_str(),
                Enum("Risk", static_cast<int>(rule.risk)).c_str(), Bool(rule.harmless).c_str(),
                Pattern(rule.pattern, ValueOf(rule.text)).c_str(), Literal(rule.text).c_str(),
                Literal(rule.source).c_str());
  }
  std::printf("};\n");
}

void PrintHosts(const Policy& policy) {
  std::printf("constexpr BuiltinHostRow kHosts[] = {\n");
  for (const HostRule& rule : policy.hosts) {
    const HostPattern& pattern = rule.pattern;
    std::string address;
    for (const uint8_t byte : pattern.range.base.bytes) address += Cat(static_cast<int>(byte), ",");
    std::printf("    {%s, %s, %s, %s, %s, %s, {%s}, %d, %d, %d, %s, %s},\n", Bool(rule.listen).c_str(),
                Bool(ValueOf(rule.text) == "$DNS").c_str(), Enum("Verdict", static_cast<int>(rule.verdict)).c_str(),
                Enum("HostPattern::Kind", static_cast<int>(pattern.kind)).c_str(), Literal(pattern.name).c_str(),
                Bool(pattern.range.base.v6).c_str(), address.c_str(), pattern.range.prefix, pattern.port_low,
                pattern.port_high, Literal(rule.text).c_str(), Literal(rule.source).c_str());
  }
  std::printf("};\n");
}

void PrintSockets(const Policy& policy) {
  std::printf("constexpr BuiltinSocketRow kSockets[] = {\n");
  for (const SocketRule& rule : policy.sockets) {
    std::printf("    {%s, %s, %s, %s, %s},\n", Enum("Verdict", static_cast<int>(rule.verdict)).c_str(),
                Enum("Risk", static_cast<int>(rule.risk)).c_str(), Pattern(rule.pattern, ValueOf(rule.text)).c_str(),
                Literal(rule.text).c_str(), Literal(rule.source).c_str());
  }
  std::printf("};\n");
}

void PrintEnvironment(const Policy& policy) {
  std::printf("constexpr BuiltinVariableRow kEnvironment[] = {\n");
  for (const EnvironmentRule& rule : policy.environment) {
    std::printf("    {%s, %s, %s, %s},\n", Bool(rule.pass).c_str(), Literal(rule.pattern).c_str(),
                Literal(rule.text).c_str(), Literal(rule.source).c_str());
  }
  std::printf("};\n");
}

// Each profile in a namespace of its own; false when it is no policy.
bool PrintTable(const BuiltinProfile& profile, std::string& rows) {
  const auto parsed = ParsePolicy(profile.text, Cat("builtin:", profile.name), MarkedContext());
  if (!parsed.ok()) {
    std::fprintf(stderr, "builtin_generator: %s\n", parsed.status().ToString().c_str());
    return false;
  }
  const Policy& policy = parsed->policy;
  std::printf("namespace profile_%s {\n", std::string(profile.name).c_str());
  PrintFiles(policy);
  PrintHosts(policy);
  PrintSockets(policy);
  PrintEnvironment(policy);
  std::printf("}\n\n");
  const auto list = [&](std::string_view name) { return Cat("profile_", profile.name, "::", name); };
  rows += Cat("    {", Literal(policy.name), ", ", Literal(policy.origin), ", ", Literal(profile.sha256), ", ",
              list("kFiles"), ", ", list("kHosts"), ", ", list("kSockets"), ", ", list("kEnvironment"), ", ",
              policy.hold_seconds, ", ", Bool(policy.log_reads), "},\n");
  return true;
}

}  // namespace
}  // namespace usher

int main() {
  std::printf(
      "// Written by builtin_generator from profiles/*.toml; not to be edited.\n\n"
      "#include \"policies/builtin_table.h\"\n\n"
      "namespace usher {\nnamespace {\n\n");
  std::string rows;
  for (const usher::BuiltinProfile& profile : usher::BuiltinProfiles()) {
    if (!usher::PrintTable(profile, rows)) return 1;
  }
  std::printf(
      "constexpr BuiltinTable kTables[] = {\n%s};\n\n}  // namespace\n\n"
      "absl::Span<const BuiltinTable> BuiltinTables() { return kTables; }\n\n}  // namespace usher\n",
      rows.c_str());
  return 0;
}
