#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "policies/place_words.h"
#include "policies/text.h"
#include "supervisor/audit/added_rules.h"
#include "supervisor/audit/json_text.h"
#include "supervisor/audit/receipt.h"
#include "supervisor/audit/receipt_attention.h"

namespace usher {
namespace {

using Json = nlohmann::ordered_json;

// Raw bytes as a field, with the "_b64" twin of json_text.h.
void Set(Json& object, std::string_view key, std::string_view raw) {
  object[std::string(key)] = ToUnicode(raw);
  if (!IsUnicode(raw)) object[Concat(key, "_b64")] = absl::Base64Escape(std::string(raw));
}

template <typename List>
void SetList(Json& object, std::string_view key, const List& values) {
  Json list = Json::array(), twin = Json::array();
  bool all_utf8 = true;
  for (const std::string& value : values) {
    list.push_back(ToUnicode(value));
    twin.push_back(absl::Base64Escape(value));
    all_utf8 = all_utf8 && IsUnicode(value);
  }
  object[std::string(key)] = std::move(list);
  if (!all_utf8) object[Concat(key, "_b64")] = std::move(twin);
}

std::string Timestamp(int64_t unix_ms) {
  std::string text;
  AppendTimestamp(text, unix_ms);
  return text;
}

Json RunJson(const ReceiptInput& input) {
  Json run;
  Set(run, "id", input.run.id);
  SetList(run, "argv", Redactor(input.run.masked_names).Argv(input.run.argv));
  Set(run, "workspace", input.run.workspace);
  Set(run, "user", input.run.user);
  run["started"] = Timestamp(input.run.started_unix_ms);
  run["ended"] = Timestamp(input.run.started_unix_ms + input.end.wall_ms);
  run["exit"] = input.end.exit_code;
  Set(run, "ended_by", input.end.ended_by);
  return run;
}

Json SandboxJson(const RunInfo& run) {
  Json sandbox;
  Set(sandbox, "engine", run.engine);
  if (!run.tier.empty()) Set(sandbox, "tier", run.tier);
  Set(sandbox, "host", run.host);
  SetList(sandbox, "degraded", run.degraded);
  // What the rest of this statement cannot know: its lists are empty then because nobody looked.
  if (!run.watched) {
    SetList(sandbox, "unobserved",
            std::vector<std::string>{"files", "programs", "network", "sockets", "listens", "asked", "denied"});
  }
  return sandbox;
}

// What the built-in rules stand for. The rules themselves: `usher policy show --all`, for the digest of their layer.
Json WordsJson(RuleUse use, const Ruleset& rules) {
  const PlaceWords places = PlaceWordsFor(use, rules);
  return {{"allowed", places.allowed}, {"asked", places.asked},     {"denied", places.denied},
          {"hidden", places.hidden},   {"guarded", places.guarded}, {"run_later", places.run_later}};
}

// Every line that differs from the built-in policy.
Json AddedRulesJson(const Policy& layer) {
  Json list = Json::array();
  for (const AddedRule& rule : AddedRulesOf(layer)) {
    Json entry;
    Set(entry, "rule", rule.text);
    Set(entry, "source", rule.source);
    list.push_back(std::move(entry));
  }
  return list;
}

Json PolicyJson(const ReceiptInput& input) {
  Json policy;
  SetList(policy, "in_force", input.run.policy);
  policy["layers"] = Json::array();
  for (const Policy& layer : input.rules.layers()) {
    Json entry;
    Set(entry, "name", layer.name);
    Set(entry, "origin", layer.origin);
    Set(entry, "sha256", layer.digest);
    entry["may_loosen"] = layer.trust == Trust::kFull;
    if (!IsBuiltin(layer)) entry["rules"] = AddedRulesJson(layer);
    policy["layers"].push_back(std::move(entry));
  }
  policy["read"] = WordsJson(RuleUse::kRead, input.rules);
  policy["write"] = WordsJson(RuleUse::kWrite, input.rules);
  policy["exec"] = WordsJson(RuleUse::kExec, input.rules);
  return policy;
}

Json AttentionJson(const ReceiptInput& input) {
  const AttentionList attention = AttentionFor(input.run, input.summary, input.log_dropped);
  Json list = Json::array();
  for (const Attention& item : attention.items) {
    Json entry;
    entry["why"] = ToString(item.why);
    Set(entry, "what", item.object);
    list.push_back(std::move(entry));
  }
  return {{"total", attention.total}, {"items", std::move(list)}};
}

Json FilesJson(const Summary& summary, bool gate) {
  Json files;
  SetList(files, "written", summary.written());
  files["written_total"] = summary.written_total();
  SetList(files, "run_later", summary.run_later());
  files["run_later_total"] = summary.run_later_total();
  SetList(files, "removed", summary.removed());
  files["removed_total"] = summary.removed_total();
  files["reads"] = summary.reads();
  if (gate) files["reads_below_floor"] = "not counted";
  return files;
}

Json ProgramsJson(const Summary& summary) {
  Json list = Json::array();
  for (const auto& [path, program] : summary.programs()) {
    Json entry;
    Set(entry, "path", path);
    entry["runs"] = program.runs;
    Set(entry, "example", program.example);
    list.push_back(std::move(entry));
  }
  return {{"execs", summary.execs()}, {"total", summary.programs_total()}, {"items", std::move(list)}};
}

Json PlaceListJson(const std::map<std::string, Summary::Host>& places, uint64_t total) {
  Json list = Json::array();
  for (const auto& [name, place] : places) {
    Json entry;
    Set(entry, "place", name);
    entry["count"] = place.connects;
    SetList(entry, "by", place.by);
    Set(entry, "rule", place.rule);
    list.push_back(std::move(entry));
  }
  return {{"total", total}, {"items", std::move(list)}};
}

Json AskedJson(const Summary& summary) {
  Json list = Json::array();
  for (const Summary::Asked& asked : summary.asked()) {
    Json entry;
    Set(entry, "kind", asked.kind);
    Set(entry, "object", asked.object);
    entry["risk"] = ToString(asked.risk);
    Set(entry, "answer", asked.answer);
    Set(entry, "life", asked.life);
    Set(entry, "by", asked.by);
    entry["open_ms"] = asked.open_ms;
    entry["calls"] = asked.count;
    list.push_back(std::move(entry));
  }
  return {{"total", summary.asked_total()}, {"calls", summary.asked_calls()}, {"items", std::move(list)}};
}

Json DeniedJson(const Summary& summary) {
  Json list = Json::array();
  for (const auto& [key, denied] : summary.denied()) {
    Json entry;
    Set(entry, "kind", denied.kind);
    Set(entry, "object", denied.object);
    entry["verdict"] = ToString(denied.verdict);
    entry["risk"] = ToString(denied.risk);
    Set(entry, "rule", denied.rule);
    Set(entry, "by", denied.by);
    entry["calls"] = denied.count;
    list.push_back(std::move(entry));
  }
  return {{"total", summary.denied_total()}, {"calls", summary.denied_calls()}, {"items", std::move(list)}};
}

Json UsageJson(const RunEnd& end) {
  return {{"wall_ms", end.wall_ms},
          {"cpu_ms", end.cpu_ms},
          {"supervisor_cpu_ms", end.supervisor_cpu_ms},
          {"held_calls", end.held_calls},
          {"max_rss_kb", end.max_rss_kb}};
}

Json GrantsJson(const std::vector<Grant>& grants) {
  Json list = Json::array();
  for (const Grant& grant : grants) {
    Json entry;
    Set(entry, "id", grant.id);
    entry["allow"] = grant.allow;
    Set(entry, "scope", ToString(grant.scope));
    entry["life"] = ToString(grant.life);
    Set(entry, "by", grant.by);
    Set(entry, "why", grant.why);
    Set(entry, "revoke", Concat("usher revoke ", grant.id));
    list.push_back(std::move(entry));
  }
  return list;
}

Json LogJson(const ReceiptInput& input) {
  Json log;
  log["lines"] = input.log_lines;
  log["dropped"] = input.log_dropped;
  log["head"] = input.log_head;
  if (!input.log_sha256.empty()) log["sha256"] = input.log_sha256;
  Set(log, "path", input.log_path);
  return log;
}

// What the statement is about. Without the hash of the file its last line stands for it, since that holds the hash of
// every line before.
Json SubjectJson(const ReceiptInput& input) {
  const bool whole = !input.log_sha256.empty();
  return Json::array({{{"name", whole ? "events.jsonl" : "events.jsonl#last-line"},
                       {"digest", {{"sha256", whole ? input.log_sha256 : input.log_head}}}}});
}

}  // namespace

std::string ReceiptJson(const ReceiptInput& input) {
  const Summary& summary = input.summary;
  Json predicate;
  predicate["run"] = RunJson(input);
  predicate["sandbox"] = SandboxJson(input.run);
  predicate["policy"] = PolicyJson(input);
  predicate["attention"] = AttentionJson(input);
  predicate["files"] = FilesJson(summary, input.run.gate);
  predicate["programs"] = ProgramsJson(summary);
  predicate["network"] = PlaceListJson(summary.hosts(), summary.hosts_total());
  predicate["sockets"] = PlaceListJson(summary.sockets(), summary.sockets_total());
  predicate["listens"] = PlaceListJson(summary.listens(), summary.listens_total());
  predicate["asked"] = AskedJson(summary);
  if (summary.looks() > 0) predicate["looks_outside"] = summary.looks();
  if (!input.passing_rules.empty()) predicate["passing_rules"] = input.passing_rules;
  predicate["denied"] = DeniedJson(summary);
  predicate["totals_exact"] = summary.totals_exact();
  predicate["usage"] = UsageJson(input.end);
  predicate["grants_alive"] = GrantsJson(input.grants_alive);
  predicate["log"] = LogJson(input);

  Json statement;
  statement["_type"] = "https://in-toto.io/Statement/v1";
  statement["subject"] = SubjectJson(input);
  statement["predicateType"] = kReceiptPredicateType;
  statement["predicate"] = std::move(predicate);
  return statement.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

}  // namespace usher
