#include "supervisor/cli/doctor_command.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/cli/output.h"
#include "supervisor/confine/host_report.h"

namespace usher {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRuns = 0, kRefuses = 69;  // EX_UNAVAILABLE

std::string_view Mark(HostLine::State state) {
  switch (state) {
    case HostLine::State::kWorks:
      return "ok  ";
    case HostLine::State::kMissing:
      return "no  ";
    case HostLine::State::kInformation:
      return "    ";
  }
  return "";
}

std::string Text(const HostReport& report) {
  size_t feature_width = 0, found_width = 0;
  for (const HostLine& line : report.lines) {
    feature_width = std::max(feature_width, line.feature.size());
    found_width = std::max(found_width, line.found.size());
  }
  std::string out;
  for (const HostLine& line : report.lines) {
    // Everything but the container's name is our own; that comes from the environment.
    std::string found = Escape(line.found);
    found.resize(std::max(found_width, found.size()), ' ');
    AppendTo(out, Mark(line.state), line.feature, std::string(feature_width - line.feature.size() + 2, ' '), found,
             "  ", line.effect, "\n");
    if (!line.mend.empty()) AppendTo(out, std::string(6, ' '), "mend: ", line.mend, "\n");
  }
  AppendTo(out, "\n", report.sentence, "\n");
  return out;
}

std::string JsonText(const HostReport& report, int code) {
  Json features = Json::array();
  for (const HostLine& line : report.lines) {
    Json feature{{"key", line.key}, {"feature", line.feature}};
    if (line.state != HostLine::State::kInformation) feature["works"] = line.state == HostLine::State::kWorks;
    feature["found"] = line.found;
    feature["effect"] = line.effect;
    if (!line.mend.empty()) feature["mend"] = line.mend;
    features.push_back(std::move(feature));
  }
  const Json answer{{"tier", ToString(report.tier)},
                    {"runs", code == kRuns},
                    {"sentence", report.sentence},
                    {"features", std::move(features)}};
  return answer.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

}  // namespace

int ReportHost(const DoctorOptions& options, const HostFeatures& features, std::FILE* out) {
  const HostReport report = ReportOn(features);
  const bool runs = options.strict ? NotEnforced(features).empty() : RunsUnasked(report.tier);
  const int code = runs ? kRuns : kRefuses;
  const std::string text = options.json ? JsonText(report, code) : Text(report);
  Print(out, text);
  return code;
}

}  // namespace usher
