#include "supervisor/cli/grants_command.h"

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/approval/grant_store.h"
#include "supervisor/approval/utf8.h"
#include "supervisor/cli/output.h"
#include "supervisor/cli/state_paths.h"

namespace usher {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDone = 0, kNoSuchGrant = 1, kFailed = 125;
constexpr int64_t kDay = int64_t{24} * 3600;
constexpr int64_t kKeptDays = 90;

struct KindWord {
  std::string_view operator()(const FileScope& file) const { return ToString(file.use); }
  std::string_view operator()(const HostScope& host) const { return host.listen ? "listen" : "connect"; }
  std::string_view operator()(const UnixScope&) const { return "socket"; }
};

std::string Describe(const Grant& grant) {
  return Cat(grant.allow ? "allow" : "deny", " ", std::visit(KindWord(), grant.scope), " ",
             Escape(ToString(grant.scope)));
}

std::string DaysAgo(int64_t then, int64_t now) {
  const int64_t days = std::max<int64_t>(0, now - then) / kDay;
  if (days == 0) return "today";
  return days == 1 ? "yesterday" : Cat(days, " days ago");
}

std::string LifeOf(const Grant& grant, int64_t now) {
  if (grant.life != GrantLife::kProject) return "while its session runs";
  const int64_t left = kKeptDays - std::max<int64_t>(0, now - grant.last_used) / kDay;
  return Cat("used ", DaysAgo(grant.last_used, now), ", ends in ", left, left == 1 ? " day" : " days", " unless used");
}

void PrintProject(std::FILE* out, const ProjectGrants& project, int64_t now) {
  Print(out, Cat(Escape(project.workspace), "\n"));
  size_t id_width = 2, what_width = 0;
  std::vector<std::string> descriptions;
  for (const Grant& grant : project.grants) {
    descriptions.push_back(Describe(grant));
    id_width = std::max(id_width, grant.id.size());
    what_width = std::max(what_width, static_cast<size_t>(DisplayWidth(descriptions.back())));
  }
  what_width = std::min<size_t>(what_width, 60);
  for (size_t i = 0; i < project.grants.size(); ++i) {
    const Grant& grant = project.grants[i];
    const auto pad = [](size_t width, size_t have) { return std::string(width > have ? width - have : 0, ' '); };
    const std::string by = grant.by.empty() ? "" : Cat(", by ", Escape(grant.by));
    const std::string why = grant.why.empty() ? "" : Cat(" \"", Escape(grant.why), "\"");
    Print(out, Cat("  ", grant.id, pad(id_width, grant.id.size()), "  ", descriptions[i],
                   pad(what_width, static_cast<size_t>(DisplayWidth(descriptions[i]))), "  ", LifeOf(grant, now), by,
                   why, "\n"));
  }
}

// As in approver frames: what is not UTF-8 is escaped for reading and has a twin that is exact.
void Put(Json& object, const std::string& key, const std::string& bytes) {
  object[key] = IsUtf8(bytes) ? bytes : Escape(bytes);
  if (!IsUtf8(bytes)) object[key + "_b64"] = absl::Base64Escape(bytes);
}

Json ToJson(const ProjectGrants& project) {
  Json grants = Json::array();
  for (const Grant& grant : project.grants) {
    Json entry = Json::object();
    entry["id"] = grant.id;
    entry["allow"] = grant.allow;
    entry["kind"] = std::string(std::visit(KindWord(), grant.scope));
    Put(entry, "scope", ToString(grant.scope));
    entry["life"] = std::string(ToString(grant.life));
    Put(entry, "by", grant.by);
    Put(entry, "why", grant.why);
    entry["created"] = grant.created;
    entry["last_used"] = grant.last_used;
    grants.push_back(std::move(entry));
  }
  Json object = Json::object();
  Put(object, "workspace", project.workspace);
  Put(object, "file", project.path);
  object["grants"] = std::move(grants);
  return object;
}

absl::StatusOr<std::vector<ProjectGrants>> Wanted(const GrantsOptions& options) {
  const std::string directory = GrantsDirectory(options.state);
  if (options.all) return ReadAllGrants(directory);
  auto project = ReadGrants(directory, options.workspace);
  if (!project.ok()) return project.status();
  return std::vector<ProjectGrants>{*std::move(project)};
}

}  // namespace

int RunGrants(const GrantsOptions& options, std::FILE* out, std::FILE* err) {
  auto projects = Wanted(options);
  if (!projects.ok()) return Fail(err, kFailed, projects.status());
  std::erase_if(*projects, [](const ProjectGrants& project) { return project.grants.empty(); });
  if (options.json) {
    Json array = Json::array();
    for (const ProjectGrants& project : *projects) array.push_back(ToJson(project));
    Print(out, array.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n");
    return kDone;
  }
  if (projects->empty()) {
    Print(out, options.all
                   ? "no grants in any project\n"
                   : Cat(options.workspace.empty() ? "no workspace here, so no grants"
                                                   : Cat("no grants in ", Escape(options.workspace)),
                         "; `usher grants --all` lists every project's\n"));
  }
  for (const ProjectGrants& project : *projects) PrintProject(out, project, time(nullptr));
  return kDone;
}

int RevokeGrants(const RevokeOptions& options, std::FILE* out, std::FILE* err) {
  const std::string directory = GrantsDirectory(options.state);
  const auto before = ReadGrants(directory, options.workspace);
  if (!before.ok()) return Fail(err, kFailed, before.status());
  int code = kDone;
  bool opened_something = false;
  for (const std::string& id : options.ids) {
    const auto grant = std::find_if(before->grants.begin(), before->grants.end(),
                                    [&](const Grant& candidate) { return candidate.id == id; });
    if (grant == before->grants.end()) {
      Print(err, Cat("usher: there is no grant ", Escape(id), " in ", Escape(options.workspace),
                     "; `usher grants --all` lists every project's\n"));
      code = std::max(code, kNoSuchGrant);
      continue;
    }
    // Opened anew for each: a store that was told of a change is one that looks at the file.
    auto store = GrantStore::Open(directory, options.workspace);
    const absl::Status revoked = store.ok() ? store->Revoke(id) : store.status();
    if (!revoked.ok()) return Fail(err, kFailed, revoked);
    opened_something |= grant->allow;
    Print(out, Cat("revoked ", id, ": ", Describe(*grant), "\n"));
  }
  if (opened_something)
    Print(out, "The next call asks again. Files and connections that are open already stay open.\n");
  return code;
}

}  // namespace usher
