#include "bench/measure/result.h"
#include "policies/text.h"

#include <cmath>
#include <fstream>
#include <sstream>


namespace usher::bench {
namespace {

// Four digits say more than the measurement does, and keep the file readable.
double Rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const double scale = std::pow(10.0, 4 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

Json Numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(Rounded(value));
  return list;
}

Json ToJson(const Interval& interval) {
  return {{"low", Rounded(interval.low)}, {"median", Rounded(interval.mid)}, {"high", Rounded(interval.high)}};
}

Interval IntervalFrom(const Json& json) { return {json.at("low"), json.at("median"), json.at("high")}; }

Json ToJson(const Measurement& m) {
  Json json = {{"group", m.group},         {"name", m.name}, {"mechanism", m.mechanism}, {"threads", m.threads},
               {"placement", m.placement}, {"unit", m.unit}, {"of", m.of},               {"value", ToJson(m.value)},
               {"rounds", Numbers(m.rounds)}};
  if (m.p50 != 0) {
    json["p50"] = Rounded(m.p50);
    json["p90"] = Rounded(m.p90);
    json["p99"] = Rounded(m.p99);
    json["quantiles"] = Numbers(m.quantiles);
  }
  if (m.per_second != 0) json["per_second"] = Rounded(m.per_second);
  if (m.calls != 0) json["calls"] = m.calls;
  if (!m.minimal.empty()) json["minimal"] = m.minimal;
  if (!m.witness.empty()) json["witness"] = m.witness;
  for (const auto& [reference, ratio] : m.ratios) {
    Json entry = ToJson(ratio.value);
    entry["rounds"] = Numbers(ratio.rounds);
    json["ratios"][reference] = std::move(entry);
  }
  return json;
}

Measurement MeasurementFrom(const Json& json) {
  Measurement m;
  m.group = json.at("group");
  m.name = json.at("name");
  m.mechanism = json.at("mechanism");
  m.threads = json.at("threads");
  m.placement = json.at("placement");
  m.unit = json.at("unit");
  m.of = json.at("of");
  m.value = IntervalFrom(json.at("value"));
  m.rounds = json.at("rounds").get<std::vector<double>>();
  m.p50 = json.value("p50", 0.0);
  m.p90 = json.value("p90", 0.0);
  m.p99 = json.value("p99", 0.0);
  m.quantiles = json.value("quantiles", std::vector<double>());
  m.per_second = json.value("per_second", 0.0);
  m.calls = json.value("calls", uint64_t{0});
  m.minimal = json.value("minimal", "");
  m.witness = json.value("witness", "");
  if (json.contains("ratios")) {
    for (const auto& [reference, entry] : json.at("ratios").items()) {
      m.ratios[reference] = {entry.at("rounds").get<std::vector<double>>(), IntervalFrom(entry)};
    }
  }
  return m;
}

Json ToJson(const std::vector<Note>& notes) {
  Json list = Json::array();
  for (const Note& note : notes) list.push_back({{"name", note.name}, {"text", note.text}});
  return list;
}

std::vector<Note> NotesFrom(const Json& json) {
  std::vector<Note> notes;
  for (const Json& entry : json) notes.push_back({entry.at("name"), entry.at("text")});
  return notes;
}

}  // namespace

std::string Measurement::Key() const {
  std::string key = Concat(group, "/", name);
  if (!mechanism.empty()) AppendTo(key, "/", mechanism);
  if (group == "call") AppendTo(key, "/", threads, "/", placement);
  return key;
}

void Summarize(Measurement& measurement) { measurement.value = BootstrapMedian(measurement.rounds); }

void AddRatio(Measurement& measurement, const std::string& reference, std::span<const double> reference_rounds) {
  Ratio ratio;
  ratio.rounds = PairedRatios(measurement.rounds, reference_rounds);
  if (ratio.rounds.empty()) return;
  ratio.value = BootstrapMedian(ratio.rounds);
  measurement.ratios[reference] = std::move(ratio);
}

Json ToJson(const Result& result) {
  Json json = {{"format", kResultFormat}, {"started", result.started},   {"ended", result.ended},
               {"usher", result.usher},   {"machine", result.machine},   {"settings", result.settings},
               {"noise", {{"before", result.noise_before}, {"after", result.noise_after}}}};
  json["failures"] = ToJson(result.failures);
  json["not_measured"] = ToJson(result.not_measured);
  json["measurements"] = Json::array();
  for (const Measurement& m : result.measurements) json["measurements"].push_back(ToJson(m));
  return json;
}

absl::StatusOr<Result> FromJson(const Json& json) {
  Result result;
  try {  // nlohmann's way to say that something is missing
    if (json.at("format") != kResultFormat) return absl::InvalidArgumentError("a result of another format");
    result.started = json.at("started");
    result.ended = json.at("ended");
    result.usher = json.at("usher");
    result.machine = json.at("machine");
    result.settings = json.at("settings");
    result.noise_before = json.at("noise").at("before");
    result.noise_after = json.at("noise").at("after");
    result.failures = NotesFrom(json.at("failures"));
    result.not_measured = NotesFrom(json.at("not_measured"));
    for (const Json& entry : json.at("measurements")) result.measurements.push_back(MeasurementFrom(entry));
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return result;
}

absl::StatusOr<Result> ReadResult(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(Concat(path, ": cannot be read"));
  const Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return absl::InvalidArgumentError(Concat(path, ": no JSON"));
  auto result = FromJson(json);
  if (!result.ok()) return absl::InvalidArgumentError(Concat(path, ": ", result.status().message()));
  return result;
}

absl::Status WriteText(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return absl::OkStatus();
  }
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) return absl::UnavailableError(Concat(path, ": cannot be written"));
  return absl::OkStatus();
}

int Complain(std::string_view program, const absl::Status& status) {
  std::fprintf(stderr, "%s\n", Concat(program, ": ", FromAbsl(status.message())).c_str());
  return 2;
}

}  // namespace usher::bench
