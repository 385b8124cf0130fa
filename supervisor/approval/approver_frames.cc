#include "supervisor/approval/approver_frames.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/approval/utf8.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLongestNote = 500;

// ---- reading ----

absl::StatusOr<std::string> Text(const Json& frame, const char* key) {
  const auto it = frame.find(key);
  if (it == frame.end()) return std::string();
  if (!it->is_string()) return absl::InvalidArgumentError(Cat("\"", key, "\" must be a string"));
  return it->get<std::string>();
}

absl::StatusOr<ApproverFrame> ReadDecision(const Json& frame) {
  DecisionFrame decision;
  USHER_ASSIGN_OR_RETURN(decision.id, Text(frame, "id"));
  USHER_ASSIGN_OR_RETURN(decision.option, Text(frame, "option"));
  USHER_ASSIGN_OR_RETURN(decision.digest, Text(frame, "digest"));
  USHER_ASSIGN_OR_RETURN(decision.note, Text(frame, "note"));
  if (decision.note.size() > kLongestNote) decision.note.resize(kLongestNote);
  if (decision.id.empty()) return absl::InvalidArgumentError("a decision needs the \"id\" of its request");
  if (frame.contains("scope_b64")) {
    USHER_ASSIGN_OR_RETURN(const std::string coded, Text(frame, "scope_b64"));
    decision.scope.emplace();
    if (!absl::Base64Unescape(coded, &*decision.scope)) return absl::InvalidArgumentError("\"scope_b64\" is no base64");
  } else if (frame.contains("scope")) {
    USHER_ASSIGN_OR_RETURN(decision.scope, Text(frame, "scope"));
  }
  return decision;
}

// ---- writing ----

// Bytes that are not UTF-8 cannot stand in JSON: then the field is for reading only, and its twin is the truth.
void Put(Json& object, const std::string& key, std::string_view bytes) {
  if (IsUtf8(bytes)) {
    object[key] = std::string(bytes);
  } else {
    object[key] = Escape(bytes);
    object[key + "_b64"] = absl::Base64Escape(ToAbsl(bytes));
  }
}

void Put(Json& object, const std::string& key, const std::vector<std::string>& list) {
  Json plain = Json::array(), coded = Json::array();
  bool clean = true;
  for (const std::string& bytes : list) {
    const bool utf8 = IsUtf8(bytes);
    clean &= utf8;
    plain.push_back(utf8 ? bytes : Escape(bytes));
    coded.push_back(absl::Base64Escape(ToAbsl(bytes)));
  }
  object[key] = std::move(plain);
  if (!clean) object[key + "_b64"] = std::move(coded);
}

struct ResourceOf {
  Json operator()(const FileOperation& file) const {
    Json resource = Json::object();
    Put(resource, "path", file.path);
    if (file.is_directory) resource["directory"] = true;
    if (file.carries_subtree) resource["subtree"] = true;
    return resource;
  }
  Json operator()(const ExecOperation& exec) const {
    Json resource = Json::object();
    Put(resource, "path", exec.path);
    if (!exec.interpreter.empty()) Put(resource, "interpreter", exec.interpreter);
    Put(resource, "argv", exec.argv);
    return resource;
  }
  Json operator()(const NetOperation& net) const {
    Json resource = Json::object();
    Put(resource, "hosts", net.names);
    resource["port"] = net.port;
    resource["ip"] = net.address.ToString();
    resource["transport"] = net.transport == Transport::kTcp ? "tcp" : "udp";
    return resource;
  }
  Json operator()(const UnixSocketOperation& socket) const {
    Json resource = Json::object();
    Put(resource, "name", socket.name);
    return resource;
  }
  Json operator()(const ProcessOperation& process) const {
    Json resource = Json::object();
    resource["pid"] = process.target;
    return resource;
  }
};

Json SubjectOf(const Subject& subject) {
  Json object = Json::object();
  Put(object, "exe", subject.exe);
  Put(object, "argv", subject.argv);
  Put(object, "cwd", subject.cwd);
  object["pid"] = subject.pid;
  object["start_ticks"] = subject.start_ticks;
  Put(object, "chain", subject.chain);
  return object;
}

Json Frame(std::string_view type) {
  Json frame = Json::object();
  frame["v"] = 1;
  frame["type"] = std::string(type);
  return frame;
}

// ASCII only: what a terminal or a log would act on stands as \u escapes on the wire.
std::string Line(const Json& frame) {
  return frame.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

std::vector<std::string> LadderTexts(const PromptRequest& request) {
  std::vector<std::string> texts;
  for (const Scope& scope : request.ladder) texts.push_back(ToString(scope));
  return texts;
}

}  // namespace

absl::StatusOr<ApproverFrame> ParseApproverFrame(std::string_view line) {
  const Json frame = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (frame.is_discarded()) return absl::InvalidArgumentError("this line is not JSON");
  if (!frame.is_object()) return absl::InvalidArgumentError("a frame must be a JSON object");
  if (const auto version = frame.find("v"); version != frame.end() && *version != 1) {
    return absl::InvalidArgumentError("only frames of version 1 are understood");
  }
  USHER_ASSIGN_OR_RETURN(const std::string type, Text(frame, "type"));
  if (type == "decision") return ReadDecision(frame);
  if (type == "ping") return PingFrame{};
  if (type == "hello") {
    HelloFrame hello;
    USHER_ASSIGN_OR_RETURN(hello.approver, Text(frame, "approver"));
    return hello;
  }
  return absl::InvalidArgumentError(
      Cat("no frame is of type \"", Escape(type), "\"; there are decision, hello and ping"));
}

Answer ToAnswer(const DecisionFrame& decision, const PromptRequest& request, std::string_view by) {
  Answer answer{.request = decision.id, .digest = decision.digest, .by = std::string(by), .note = decision.note};
  const std::vector<std::string> ladder = LadderTexts(request);
  const std::vector<std::string>::const_iterator step =
      decision.scope ? std::find(ladder.begin(), ladder.end(), *decision.scope) : ladder.begin();
  if (step == ladder.end()) return answer;  // a scope that was not offered: deny, as Answer starts out
  answer.scope = static_cast<size_t>(step - ladder.begin());
  static constexpr std::pair<std::string_view, GrantLife> kAllows[] = {
      {"once", GrantLife::kOnce}, {"session", GrantLife::kSession}, {"project", GrantLife::kProject}};
  for (const auto& [option, life] : kAllows) {
    if (decision.option != option) continue;
    answer.choice = Choice::kAllow;
    answer.life = life;
  }
  if (decision.option == "deny-session") answer.choice = Choice::kDenySession;
  if (decision.option == "stop") answer.choice = Choice::kStopAgent;
  return answer;
}

std::string HelloLine(std::string_view session, std::string_view nonce) {
  Json frame = Frame("hello");
  Put(frame, "session", session);
  frame["caps"] = {"scopes", "update", "stop"};
  frame["nonce"] = Cat("b64:", absl::Base64Escape(ToAbsl(nonce)));
  return Line(frame);
}

std::string RequestLine(const PromptRequest& request, std::chrono::milliseconds left) {
  Json frame = Frame("request");
  frame["id"] = request.id;
  frame["kind"] = std::string(KindOf(request.operation));
  frame["risk"] = std::string(ToString(request.decision.risk));
  frame["held"] = request.held_calls;
  frame["waiting"] = request.waiting;
  frame["deadline_ms"] = std::max<int64_t>(0, left.count());
  Put(frame, "object", ObjectOf(request.operation));
  Put(frame, "asked", AskedAs(request.operation));
  frame["resource"] = std::visit(ResourceOf(), request.operation);
  frame["subject"] = SubjectOf(request.subject);
  Put(frame, "rule", request.decision.rule);
  Put(frame, "source", request.decision.source);
  Put(frame, "ladder", LadderTexts(request));
  Json options = Json::array();
  for (const GrantLife life : request.lives) options.push_back(std::string(ToString(life)));
  for (const char* option : {"deny", "deny-session", "stop"}) options.push_back(option);
  frame["options"] = std::move(options);
  frame["digest"] = request.digest;
  return Line(frame);
}

std::string UpdateLine(const PromptRequest& request) {
  Json frame = Frame("update");
  frame["id"] = request.id;
  frame["held"] = request.held_calls;
  frame["waiting"] = request.waiting;
  return Line(frame);
}

std::string ResolvedLine(const Outcome& outcome) {
  Json frame = Frame("resolved");
  frame["id"] = outcome.request;
  frame["action"] = outcome.allow ? "allow" : "deny";
  frame["life"] = std::string(ToString(outcome.life));
  if (!outcome.grant.empty()) frame["grant"] = outcome.grant;
  frame["also"] = outcome.also;
  frame["open_ms"] = outcome.open.count();
  return Line(frame);
}

std::string WithdrawnLine(std::string_view id, std::string_view reason) {
  Json frame = Frame("resolved");
  frame["id"] = std::string(id);
  frame["action"] = "withdrawn";
  Put(frame, "reason", reason);
  return Line(frame);
}

std::string NoticeLine(std::string_view text) {
  Json frame = Frame("notice");
  Put(frame, "text", text);
  return Line(frame);
}

}  // namespace usher
