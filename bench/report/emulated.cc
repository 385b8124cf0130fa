#include "bench/report/emulated.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "bench/report/text_table.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

constexpr std::string_view kPlace = "/1/free";  // one thread, wherever the kernel likes: all that is looked at

bool IsLookedAt(const Measurement& m) { return m.group == "call" && m.threads == 1 && m.placement == "free"; }

std::vector<std::string> Different(const Result& result, std::string Measurement::*field) {
  std::vector<std::string> found;
  for (const Measurement& m : result.measurements) {
    if (IsLookedAt(m) && std::find(found.begin(), found.end(), m.*field) == found.end()) found.push_back(m.*field);
  }
  return found;
}

std::string TimesAs(const Measurement* m, const std::string& reference, bool interval) {
  if (m == nullptr || !m->ratios.contains(reference)) return "";
  const Interval& value = m->ratios.at(reference).value;
  return interval ? WithInterval(value) : absl::StrFormat("%.*f", value.mid < 10 ? 2 : 1, value.mid);
}

std::string Text(const Json& object, const char* key) {
  const Json value = object.value(key, Json("unknown"));
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string Architecture(const Result& result) {
  const std::string name = Text(result.machine, "architecture");
  return name == "aarch64" ? "arm64" : name;
}

}  // namespace

absl::StatusOr<std::vector<Table>> EmulatedTables(const Result& result) {
  if (Text(result.machine, "remark") != kEmulated) {
    return absl::FailedPreconditionError("the result does not say that it was measured on an emulated machine");
  }
  Table calls{
      Concat(Architecture(result), ", emulated"),
      Concat("Times as much as natively, within one emulated machine: ", Text(result.machine, "kernel"), ", ",
             Text(result.machine, "cores"), " processor of qemu without KVM, Usher ", Text(result.usher, "commit"),
             " (", Text(result.settings, "build"), "), ", result.started, ", ", Text(result.settings, "restarts"),
             " restarts of ", Text(result.settings, "rounds"),
             " rounds. The clock of that machine counts instructions: a call's time is how many of them it takes until "
             "its "
             "answer, the kernel's and the supervisor's included. What makes a real processor slow (caches, changes of "
             "address space) is not in it, so the ratios are not those of a real machine; times are left out."),
      {"call"},
      {}};
  std::vector<std::string> mechanisms = Different(result, &Measurement::mechanism);
  std::erase(mechanisms, "native");
  calls.head.insert(calls.head.end(), mechanisms.begin(), mechanisms.end());
  calls.head.push_back("usher / smallest loop");
  for (const std::string& name : Different(result, &Measurement::name)) {
    std::vector<std::string> row = {name};
    for (const std::string& mechanism : mechanisms) {
      row.push_back(
          TimesAs(Find(result, Concat("call/", name, "/", mechanism, kPlace)), "native", mechanism == "usher"));
    }
    const Measurement* usher = Find(result, Concat("call/", name, "/usher", kPlace));
    const std::string minimal = TimesAs(usher, "minimal", true);
    row.push_back(minimal.empty() ? "stays in the kernel" : Concat(minimal, " (", usher->minimal, ")"));
    calls.rows.push_back(std::move(row));
  }
  std::vector<Table> tables = {std::move(calls)};
  if (!result.failures.empty()) {
    Table failures{Concat(Architecture(result), ", emulated: failures"), "", {"what", "why"}, {}};
    for (const Note& note : result.failures) failures.rows.push_back({note.name, note.text});
    tables.push_back(std::move(failures));
  }
  return tables;
}

}  // namespace usher::bench
