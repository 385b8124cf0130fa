#include "bench/report/tables.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/str_format.h"
#include "bench/report/aims.h"
#include "bench/report/text_table.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

std::string RatioText(const Measurement* m, const std::string& reference) {
  if (m == nullptr) return "";
  const auto found = m->ratios.find(reference);
  return found == m->ratios.end() ? "" : WithInterval(found->second.value);
}

std::string ValueText(const Measurement* m) { return m == nullptr ? "" : InUnit(m->value.mid, m->unit); }

std::vector<const Measurement*> Of(const Result& result, std::string_view group, std::string_view mechanism,
                                   int threads = 1, std::string_view placement = "") {
  std::vector<const Measurement*> found;
  for (const Measurement& m : result.measurements) {
    if (m.group == group && m.mechanism == mechanism &&
        (group != "call" || (m.threads == threads && m.placement == placement))) {
      found.push_back(&m);
    }
  }
  return found;
}

Table CallTable(const Result& result) {
  Table table{"One call, one thread",
              "Medians of the latency. The smallest loop is the least that the mechanism needs for this call, with no "
              "policy and no "
              "log. Ratios are medians of interleaved rounds, with 95 % intervals.",
              {"call", "native", "smallest loop", "usher", "usher / native", "usher / smallest loop", "p99 native",
               "p99 usher"},
              {}};
  for (const Measurement* usher : Of(result, "call", "usher", 1, "free")) {
    const Measurement* native = Find(result, CallKey(usher->name, "native", 1, "free"));
    const Measurement* minimal = Find(result, CallKey(usher->name, usher->minimal, 1, "free"));
    table.rows.push_back(
        {usher->name, ValueText(native),
         minimal == nullptr ? "stays in the kernel" : Concat(ValueText(minimal), " (", usher->minimal, ")"),
         ValueText(usher), RatioText(usher, "native"), RatioText(usher, "minimal"),
         native == nullptr ? "" : InUnit(native->p99, "ns"), InUnit(usher->p99, "ns")});
  }
  return table;
}

Table MechanismTable(const Result& result) {
  Table table{"One call, by mechanism", "Medians of the latency with one thread.", {"call"}, {}};
  std::vector<std::string> mechanisms, names;
  for (const Measurement& m : result.measurements) {
    if (m.group != "call" || m.threads != 1 || m.placement != "free") continue;
    if (std::find(mechanisms.begin(), mechanisms.end(), m.mechanism) == mechanisms.end())
      mechanisms.push_back(m.mechanism);
    if (std::find(names.begin(), names.end(), m.name) == names.end()) names.push_back(m.name);
  }
  table.head.insert(table.head.end(), mechanisms.begin(), mechanisms.end());
  for (const std::string& name : names) {
    std::vector<std::string> row = {name};
    for (const std::string& mechanism : mechanisms)
      row.push_back(ValueText(Find(result, CallKey(name, mechanism, 1, "free"))));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table ThreadTable(const Result& result) {
  Table table{"Calls a second, by threads",
              "All threads together, with what makes each call possible again.",
              {"call", "mechanism"},
              {}};
  std::vector<int> threads;
  for (const Measurement& m : result.measurements) {
    if (m.group == "call" && std::find(threads.begin(), threads.end(), m.threads) == threads.end())
      threads.push_back(m.threads);
  }
  std::sort(threads.begin(), threads.end());
  for (const int count : threads) table.head.push_back(Concat(count));
  for (const Measurement& m : result.measurements) {
    if (m.group != "call" || m.placement != "free" || m.threads != 1) continue;
    if (m.mechanism != "native" && m.mechanism != "usher" && m.mechanism != "notify continue") continue;
    std::vector<std::string> row = {m.name, m.mechanism};
    for (const int count : threads) {
      const Measurement* at = Find(result, CallKey(m.name, m.mechanism, count, "free"));
      row.push_back(at == nullptr ? "" : absl::StrFormat("%.0f", at->per_second));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table PlaceTable(const Result& result) {
  Table table{"Where the supervisor runs",
              "Medians of the latency, one thread: caller and supervisor wherever the kernel likes, both on "
              "one processor, each on its own.",
              {"call", "mechanism", "free", "same", "other"},
              {}};
  for (const Measurement& m : result.measurements) {
    if (m.group != "call" || m.placement != "same") continue;
    table.rows.push_back({m.name, m.mechanism, ValueText(Find(result, CallKey(m.name, m.mechanism, 1, "free"))),
                          ValueText(&m), ValueText(Find(result, CallKey(m.name, m.mechanism, 1, "other")))});
  }
  return table;
}

// Names down, mechanisms across.
Table ByMechanism(const Result& result, std::string_view group, Table table,
                  const std::function<std::string(const Measurement&)>& text) {
  std::vector<std::string> mechanisms, names;
  for (const Measurement& m : result.measurements) {
    if (m.group != group) continue;
    if (std::find(mechanisms.begin(), mechanisms.end(), m.mechanism) == mechanisms.end())
      mechanisms.push_back(m.mechanism);
    if (std::find(names.begin(), names.end(), m.name) == names.end()) names.push_back(m.name);
  }
  table.head.insert(table.head.end(), mechanisms.begin(), mechanisms.end());
  for (const std::string& name : names) {
    std::vector<std::string> row = {name};
    for (const std::string& mechanism : mechanisms) {
      const Measurement* m = Find(result, Concat(group, "/", name, "/", mechanism));
      row.push_back(m == nullptr ? "—" : text(*m));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table WorkTable(const Result& result) {
  return ByMechanism(
      result, "work",
      {"Real work",
       "Wall time, and ratio to native. What the others enforce is not the same: none of them judges single calls.",
       {"work"},
       {}},
      [](const Measurement& m) {
        const std::string ratio = m.mechanism == "native" ? "" : RatioText(&m, "native");
        return ratio.empty() ? ValueText(&m) : Concat(ValueText(&m), ", ×", ratio);
      });
}

Table HeldTable(const Result& result) {
  return ByMechanism(result, "held",
                     {"Calls that waited for Usher, by work",
                      "Counted in the receipts, not timed. `compare` calls it a regression when 2 % more of them "
                      "wait. With the gate, the floor's 20 ms decide how many files of a large workspace it knows.",
                      {"work"},
                      {}},
                     [](const Measurement& m) { return absl::StrFormat("%.0f", m.value.mid); });
}

Table OtherTable(const Result& result) {
  Table table{"Parts, start and size",
              "A part's ratio is to a fixed piece of work of about 50 µs, a step's of the start to `true`.",
              {"what", "", "value", "ratio", "of"},
              {}};
  for (const Measurement& m : result.measurements) {
    if (m.group == "call" || m.group == "work" || m.group == "held") continue;
    const std::string ratio = RatioText(&m, m.group == "part" ? "yardstick" : "native");
    table.rows.push_back({m.group, m.name, ValueText(&m), ratio, m.of});
  }
  return table;
}

Table NoteTable(const std::string& title, const std::vector<Note>& notes) {
  Table table{title, "", {"what", "why"}, {}};
  for (const Note& note : notes) table.rows.push_back({note.name, note.text});
  return table;
}

std::string NoiseText(const Json& noise) {
  return absl::StrFormat("load %.1f; slowest hundredth of fixed work %.1f times its usual time; %d ticks stolen",
                         noise.value("load_1_minute", 0.0), noise.value("spin_p99_to_p25", 0.0),
                         noise.value("stolen_ticks", 0));
}

std::string TextOf(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

std::string CallKey(const std::string& name, std::string_view mechanism, int threads, std::string_view placement) {
  return Concat("call/", name, "/", mechanism, "/", threads, "/", placement);
}

const Measurement* Find(const Result& result, const std::string& key) {
  for (const Measurement& m : result.measurements) {
    if (m.Key() == key) return &m;
  }
  return nullptr;
}

std::vector<Table> TablesOf(const Result& result) {
  std::vector<Table> tables;
  for (Table& table :
       std::vector<Table>{AimTable(result), CallTable(result), MechanismTable(result), ThreadTable(result),
                          PlaceTable(result), WorkTable(result), HeldTable(result), OtherTable(result),
                          NoteTable(kFailures, result.failures), NoteTable(kNotMeasured, result.not_measured)}) {
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

std::vector<std::pair<std::string, std::string>> FactsOf(const Result& result) {
  std::vector<std::pair<std::string, std::string>> facts;
  facts.emplace_back("Usher", Concat(TextOf(result.usher.value("commit", Json("unknown"))), ", ",
                                     TextOf(result.settings.value("build", Json("unknown build")))));
  facts.emplace_back("When", Concat(result.started, " to ", result.ended));
  for (const auto& [key, value] : result.machine.items()) facts.emplace_back(key, TextOf(value));
  facts.emplace_back("noise before", NoiseText(result.noise_before));
  facts.emplace_back("noise after", NoiseText(result.noise_after));
  facts.emplace_back("effort", Concat(TextOf(result.settings.value("restarts", Json(0))), " restarts of ",
                                      TextOf(result.settings.value("rounds", Json(0))), " rounds; work: ",
                                      TextOf(result.settings.value("work_rounds", Json(0))), " rounds"));
  return facts;
}

}  // namespace usher::bench
