#include "supervisor/approval/grant_file.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/approval/utf8.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

// Reads one table and remembers which keys it was asked for, so that a key nobody asked for is an error.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string_view file) : table_(table), file_(file) {}

  absl::Status Wrong(const toml::node& node, std::string_view what) const {
    const toml::source_position at = node.source().begin;
    return absl::InvalidArgumentError(Cat(file_, ":", at.line, ":", at.column, ": ", what));
  }

  // Absent keys are nullopt; a key of another type is an error that is kept until Finish.
  template <typename T>
  std::optional<T> Take(std::string_view key, std::string_view type) {
    asked_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    std::optional<T> value = node->value_exact<T>();
    if (!value) Keep(Wrong(*node, Cat("\"", key, "\" must be ", type)));
    return value;
  }
  template <typename T>
  T Need(std::string_view key, std::string_view type) {
    std::optional<T> value = Take<T>(key, type);
    if (!value) Keep(Wrong(table_, Cat("\"", key, "\" is missing; it must be ", type)));
    return std::move(value).value_or(T{});
  }

  std::string NeedText(std::string_view key) { return Need<std::string>(key, "a string"); }

  // A string that may hold any bytes: it stands as itself, or as KEY_b64 when it is not UTF-8.
  std::optional<std::string> TakeBytes(std::string_view key) {
    const std::string twin = Cat(key, "_b64");
    std::optional<std::string> plain = Take<std::string>(key, "a string");
    std::optional<std::string> coded = Take<std::string>(twin, "a base64 string");
    if (!coded) return plain;
    std::string bytes;
    if (!absl::Base64Unescape(*coded, &bytes)) Keep(Wrong(*table_.get(twin), Cat("\"", twin, "\" is no base64")));
    return bytes;
  }

  int64_t NeedTime(std::string_view key) {
    const auto time = Need<toml::date_time>(key, "a date and time such as 2026-01-31T12:00:00Z");
    const std::chrono::sys_days day = std::chrono::year(time.date.year) / time.date.month / time.date.day;
    int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(day.time_since_epoch()).count();
    seconds += time.time.hour * 3600 + time.time.minute * 60 + time.time.second;
    if (time.offset) seconds -= int64_t{time.offset->minutes} * 60;
    return seconds;
  }

  void Keep(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  absl::Status Finish(const std::vector<std::string>& extra = {}) {
    for (const auto& [key, node] : table_) {
      const std::string_view name = key.str();
      if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
      if (std::find(extra.begin(), extra.end(), name) != extra.end()) continue;
      Keep(Wrong(node, Cat("unknown key \"", Escape(name), "\"")));
    }
    return status_;
  }
  const toml::table& table() const { return table_; }

 private:
  const toml::table& table_;
  std::string_view file_;
  std::vector<std::string> asked_;
  absl::Status status_;
};

std::optional<int64_t> NumberOf(std::string_view id) {
  int64_t number = 0;
  if (id.size() < 2 || id.front() != 'g' || !absl::SimpleAtoi(ToAbsl(id.substr(1)), &number) || number < 1)
    return std::nullopt;
  if (Cat("g", number) != id) return std::nullopt;
  return number;
}

Scope ReadScope(TableReader& reader) {
  const std::string kind = reader.NeedText("kind");
  if (kind == "file") {
    FileScope scope;
    const std::string use = reader.NeedText("use");
    if (use == "read") {
      scope.use = FileUse::kRead;
    } else if (use == "write") {
      scope.use = FileUse::kWrite;
    } else if (use == "exec") {
      scope.use = FileUse::kExec;
    } else {
      reader.Keep(reader.Wrong(reader.table(), "\"use\" must be \"read\", \"write\" or \"exec\""));
    }
    scope.path = reader.TakeBytes("path").value_or("");
    scope.tree = reader.Take<bool>("tree", "true or false").value_or(false);
    if (scope.path.empty() || scope.path.front() != '/') {
      reader.Keep(reader.Wrong(reader.table(), "\"path\" must be an absolute path"));
    }
    return scope;
  }
  if (kind == "host") {
    HostScope scope;
    scope.host = reader.TakeBytes("host").value_or("");
    scope.subdomains = reader.Take<bool>("subdomains", "true or false").value_or(false);
    scope.listen = reader.Take<bool>("listen", "true or false").value_or(false);
    const int64_t port = reader.Take<int64_t>("port", "a number").value_or(0);
    if (port < 0 || port > 65535) reader.Keep(reader.Wrong(reader.table(), "\"port\" must lie between 0 and 65535"));
    scope.port = static_cast<uint16_t>(port);
    if (scope.host.empty()) reader.Keep(reader.Wrong(reader.table(), "\"host\" must not be empty"));
    return scope;
  }
  if (kind == "unix") {
    UnixScope scope;
    scope.name = reader.TakeBytes("name").value_or("");
    if (scope.name.empty()) reader.Keep(reader.Wrong(reader.table(), "\"name\" must not be empty"));
    return scope;
  }
  reader.Keep(reader.Wrong(reader.table(), "\"kind\" must be \"file\", \"host\" or \"unix\""));
  return FileScope{};
}

Grant ReadGrant(TableReader& reader, GrantLife life) {
  Grant grant;
  grant.id = reader.NeedText("id");
  grant.allow = reader.Take<bool>("allow", "true or false").value_or(true);
  grant.life = life;
  grant.scope = ReadScope(reader);
  grant.by = reader.TakeBytes("by").value_or("");
  grant.why = reader.TakeBytes("why").value_or("");
  grant.created = reader.NeedTime("created");
  grant.last_used = reader.NeedTime("last_used");
  if (!NumberOf(grant.id)) reader.Keep(reader.Wrong(reader.table(), "\"id\" must be g and a number, such as \"g7\""));
  return grant;
}

// The tables under [[key]], one after the other.
template <typename Visit>
absl::Status ForEachTable(const toml::table& root, std::string_view key, std::string_view file, Visit visit) {
  const toml::node* node = root.get(key);
  if (node == nullptr) return absl::OkStatus();
  const toml::array* tables = node->as_array();
  for (size_t i = 0; tables != nullptr && i < tables->size(); ++i) {
    const toml::table* table = tables->get(i)->as_table();
    if (table == nullptr) break;
    TableReader reader(*table, file);
    absl::Status visited = visit(reader);
    if (!visited.ok()) return visited;
    if (i + 1 == tables->size()) return absl::OkStatus();
  }
  if (tables != nullptr && tables->empty()) return absl::OkStatus();
  return TableReader(root, file).Wrong(*node, Cat("\"", key, "\" must be written as [[", key, "]] tables"));
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (size_t i = 0; i < text.size();) {
    const Utf8Character character = DecodeUtf8(text.substr(i));
    const std::string_view bytes = text.substr(i, character.length);
    // What a person could not tell apart on the screen is written by number: the file is for people as well.
    if (bytes == "\"" || bytes == "\\") {
      quoted += Cat("\\", bytes);
    } else if (bytes == " " || Escape(bytes) == bytes) {
      quoted += Cat(bytes);
    } else {
      absl::StrAppendFormat(&quoted, "\\U%08X", character.code_point);
    }
    i += character.length;
  }
  return quoted + "\"";
}

void AppendBytes(std::string* out, std::string_view key, std::string_view bytes) {
  if (IsUtf8(bytes)) {
    *out += Cat(key, " = ", Quoted(bytes), "\n");
  } else {
    *out += Cat(key, "_b64 = \"", absl::Base64Escape(ToAbsl(bytes)), "\"\n");
  }
}

std::string TimeText(int64_t unix_seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return absl::StrFormat("%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                         clock.minutes().count(), clock.seconds().count());
}

struct AppendScope {
  std::string* out;
  void operator()(const FileScope& scope) const {
    *out += Cat("kind = \"file\"\nuse = \"", ToString(scope.use), "\"\n");
    AppendBytes(out, "path", scope.path);
    if (scope.tree) *out += Cat("tree = true\n");
  }
  void operator()(const HostScope& scope) const {
    *out += Cat("kind = \"host\"\n");
    AppendBytes(out, "host", scope.host);
    if (scope.subdomains) *out += Cat("subdomains = true\n");
    if (scope.port != 0) *out += Cat("port = ", scope.port, "\n");
    if (scope.listen) *out += Cat("listen = true\n");
  }
  void operator()(const UnixScope& scope) const {
    *out += Cat("kind = \"unix\"\n");
    AppendBytes(out, "name", scope.name);
  }
};

void AppendGrant(std::string* out, const Grant& grant) {
  *out += Cat("id = \"", grant.id, "\"\n");
  if (!grant.allow) *out += Cat("allow = false\n");
  std::visit(AppendScope{out}, grant.scope);
  AppendBytes(out, "by", grant.by);
  if (!grant.why.empty()) AppendBytes(out, "why", grant.why);
  *out += Cat("created = ", TimeText(grant.created), "\nlast_used = ", TimeText(grant.last_used), "\n");
}

}  // namespace

absl::StatusOr<GrantFile> ParseGrantFile(std::string_view text, std::string_view file) {
  const std::string shown = Escape(file);
  // toml++ does not say where a byte that is not UTF-8 stands in a way that helps; a NUL never belongs here.
  if (!IsUtf8(text)) return absl::InvalidArgumentError(Cat(shown, ":1:1: this is not UTF-8 text"));
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return absl::InvalidArgumentError(
        Cat(shown, ":", at.line, ":", at.column, ": ", Escape(parsed.error().description())));
  }
  const toml::table& root = parsed.table();
  TableReader reader(root, shown);
  GrantFile result;
  if (reader.Need<int64_t>("version", "1") != 1) {
    reader.Keep(reader.Wrong(root, "\"version\" must be 1: this file belongs to a newer usher"));
  }
  result.workspace = reader.TakeBytes("workspace").value_or("");
  result.next = std::max<int64_t>(1, reader.Take<int64_t>("next", "a number").value_or(1));
  USHER_RETURN_IF_ERROR(reader.Finish({"grant", "session"}));

  std::vector<int64_t> numbers;
  const auto count = [&](TableReader& table, const Grant& grant) -> absl::Status {
    const int64_t number = *NumberOf(grant.id);
    if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) {
      return table.Wrong(table.table(), Cat("\"", grant.id, "\" stands here twice"));
    }
    numbers.push_back(number);
    result.next = std::max(result.next, number + 1);
    return absl::OkStatus();
  };
  const auto read_grant = [&](TableReader& table) -> absl::Status {
    Grant grant = ReadGrant(table, GrantLife::kProject);
    USHER_RETURN_IF_ERROR(table.Finish());
    result.project.push_back(std::move(grant));
    return count(table, result.project.back());
  };
  const auto read_session = [&](TableReader& table) -> absl::Status {
    ListedSessionGrant listed;
    listed.owner = table.NeedText("owner");
    listed.grant = ReadGrant(table, GrantLife::kSession);
    USHER_RETURN_IF_ERROR(table.Finish());
    result.sessions.push_back(std::move(listed));
    return count(table, result.sessions.back().grant);
  };
  USHER_RETURN_IF_ERROR(ForEachTable(root, "grant", shown, read_grant));
  USHER_RETURN_IF_ERROR(ForEachTable(root, "session", shown, read_session));
  return result;
}

std::string PrintGrantFile(const GrantFile& file) {
  std::string out =
      "# What you allowed in this project. Written by usher; take a grant back with `usher revoke ID`.\nversion = 1\n";
  AppendBytes(&out, "workspace", file.workspace);
  out += Cat("next = ", file.next, "\n");
  for (const Grant& grant : file.project) {
    out += Cat("\n[[grant]]\n");
    AppendGrant(&out, grant);
  }
  for (const ListedSessionGrant& listed : file.sessions) {
    out += Cat("\n[[session]]  # ends with its session; only listed here\nowner = ", Quoted(listed.owner), "\n");
    AppendGrant(&out, listed.grant);
  }
  return out;
}

}  // namespace usher
