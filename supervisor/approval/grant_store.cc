#include "supervisor/approval/grant_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/approval/owner.h"
#include "supervisor/approval/sha256.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

constexpr int64_t kUnusedSeconds = int64_t{90} * 24 * 3600;
constexpr int64_t kFlushSeconds = 60;

int64_t Now() { return time(nullptr); }

// What is over: grants nobody used for 90 days, and the lists of sessions that ended.
void DropEnded(GrantFile& file) {
  const int64_t oldest = Now() - kUnusedSeconds;
  std::erase_if(file.project, [&](const Grant& grant) { return grant.last_used < oldest; });
  std::erase_if(file.sessions, [&](const ListedSessionGrant& listed) {
    return listed.grant.created < oldest || !OwnerLives(listed.owner);
  });
}

bool SameSet(const std::vector<Grant>& a, const std::vector<Grant>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Grant& x, const Grant& y) {
    return x.id == y.id && x.allow == y.allow && x.life == y.life && x.scope == y.scope;
  });
}

Grant* Find(std::vector<Grant>& grants, std::string_view id) {
  auto it = std::find_if(grants.begin(), grants.end(), [&](const Grant& grant) { return grant.id == id; });
  return it == grants.end() ? nullptr : &*it;
}

}  // namespace

std::string ProjectId(std::string_view workspace) {
  std::string name(workspace.substr(workspace.rfind('/') + 1));
  if (name.size() > 64) name.resize(64);
  if (name.empty()) name = "root";
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!plain && !(c == '.' && &c != name.data())) c = '_';
  }
  return Cat(name, "-", Sha256Hex(workspace).substr(0, 12));
}

GrantStore::GrantStore(GrantStore&&) noexcept = default;
GrantStore& GrantStore::operator=(GrantStore&&) noexcept = default;

GrantStore::~GrantStore() {
  if (!file_.path().empty()) Flush().IgnoreError();  // last_used is worth no complaint
  if (session_.empty()) return;
  session_.clear();
  // Tidiness only: what is listed for a process that is gone counts for nobody.
  Change(StateFile::Durability::kSoon, [this](GrantFile& file) {
    std::erase_if(file.sessions, [&](const ListedSessionGrant& listed) { return listed.owner == owner_; });
    return absl::OkStatus();
  }).IgnoreError();
}

absl::StatusOr<GrantStore> GrantStore::Open(const std::string& directory, std::string workspace) {
  GrantStore store;
  USHER_ASSIGN_OR_RETURN(store.file_, StateFile::Create(directory, ProjectId(workspace) + ".toml"));
  store.path_ = store.file_.path();
  store.workspace_ = std::move(workspace);
  store.owner_ = NewOwner();
  USHER_ASSIGN_OR_RETURN(GrantFile file, store.Read());
  store.Adopt(std::move(file));
  return store;
}

absl::StatusOr<GrantFile> GrantStore::Read() {
  USHER_ASSIGN_OR_RETURN(const std::string text, file_.Read(&seen_));
  GrantFile file;
  if (seen_.size >= 0) {
    USHER_ASSIGN_OR_RETURN(file, ParseGrantFile(text, path_));
    if (file.workspace != workspace_) {
      return absl::InvalidArgumentError(Cat(Escape(path_), ":1:1: these are the grants of ", Escape(file.workspace),
                                            ", not of ", Escape(workspace_), "; move the file away"));
    }
  }
  file.workspace = workspace_;
  DropEnded(file);
  return file;
}

absl::Status GrantStore::Write(const GrantFile& file, StateFile::Durability durability) {
  USHER_ASSIGN_OR_RETURN(seen_, file_.Replace(PrintGrantFile(file), durability));
  return absl::OkStatus();
}

absl::Status GrantStore::Change(StateFile::Durability durability,
                                const std::function<absl::Status(GrantFile&)>& change) {
  USHER_ASSIGN_OR_RETURN(const UniqueFd lock, file_.Lock());
  USHER_ASSIGN_OR_RETURN(GrantFile file, Read());
  for (Grant& grant : file.project) {
    const Grant* ours = Find(project_, grant.id);
    if (ours != nullptr) grant.last_used = std::max(grant.last_used, ours->last_used);
  }
  USHER_RETURN_IF_ERROR(change(file));
  USHER_RETURN_IF_ERROR(Write(file, durability));
  dirty_ = false;
  last_flush_ = Now();
  // What holds from here on is what the file says, not what we meant to write.
  USHER_ASSIGN_OR_RETURN(GrantFile written, Read());
  Adopt(std::move(written));
  return absl::OkStatus();
}

void GrantStore::Adopt(GrantFile file) {
  std::erase_if(session_, [&](const Grant& grant) {
    return std::none_of(file.sessions.begin(), file.sessions.end(), [&](const ListedSessionGrant& listed) {
      return listed.owner == owner_ && listed.grant.id == grant.id;
    });
  });
  for (Grant& grant : file.project) {
    const Grant* ours = Find(project_, grant.id);
    if (ours != nullptr) grant.last_used = std::max(grant.last_used, ours->last_used);
  }
  project_ = std::move(file.project);
  current_ = project_;
  current_.insert(current_.end(), session_.begin(), session_.end());
}

absl::StatusOr<Grant> GrantStore::Add(Grant grant) {
  if (grant.life == GrantLife::kOnce) return absl::InvalidArgumentError("a grant for one call is never kept");
  grant.created = grant.last_used = Now();
  const bool project = grant.life == GrantLife::kProject;
  const std::vector<Grant> session_before = session_;
  absl::Status changed =
      Change(project ? StateFile::Durability::kDurable : StateFile::Durability::kSoon, [&](GrantFile& file) {
        grant.id = Cat("g", file.next++);
        if (project) {
          file.project.push_back(grant);
        } else {
          file.sessions.push_back({grant, owner_});
          session_.push_back(grant);
        }
        return absl::OkStatus();
      });
  if (!changed.ok()) {
    session_ = session_before;
    return changed;
  }
  const Grant* kept = Find(current_, grant.id);
  if (kept == nullptr || kept->scope != grant.scope || kept->allow != grant.allow || kept->life != grant.life) {
    Revoke(grant.id).IgnoreError();
    return absl::InternalError(Cat(Escape(path_), " did not keep grant ", grant.id, " as it was written"));
  }
  return grant;
}

absl::Status GrantStore::Revoke(std::string_view id) {
  // Ours first, so that it is gone even when the file cannot be written.
  const auto is_it = [&](const Grant& grant) { return grant.id == id; };
  const bool ours = std::erase_if(session_, is_it) > 0;
  std::erase_if(current_, is_it);
  bool listed = false;
  return Change(StateFile::Durability::kDurable, [&](GrantFile& file) {
    listed = std::erase_if(file.project, is_it) > 0;
    listed |= std::erase_if(file.sessions, [&](const ListedSessionGrant& entry) { return is_it(entry.grant); }) > 0;
    if (listed || ours) return absl::OkStatus();
    return absl::NotFoundError(
        Cat("there is no grant ", Escape(id), " in ", Escape(workspace_), "; `usher grants` lists those there are"));
  });
}

void GrantStore::Touch(std::string_view id) {
  const int64_t now = Now();
  for (std::vector<Grant>* grants : {&current_, &project_, &session_}) {
    if (Grant* grant = Find(*grants, id); grant != nullptr && grant->last_used != now) {
      grant->last_used = now;
      dirty_ |= grants == &project_;
    }
  }
  if (dirty_ && now - last_flush_ >= kFlushSeconds) {
    last_flush_ = now;  // also when it fails: a full disk is not asked again at every call
    Flush().IgnoreError();
  }
}

absl::Status GrantStore::Flush() {
  if (!dirty_) return absl::OkStatus();
  return Change(StateFile::Durability::kSoon, [](GrantFile&) { return absl::OkStatus(); });
}

absl::StatusOr<bool> GrantStore::Reload() {
  const std::vector<Grant> before = current_;
  auto version = file_.Look();
  if (version.ok() && *version == seen_) return false;
  auto file = version.ok() ? Read() : version.status();
  if (!file.ok()) {
    // Any of them may have been taken back. Those of the session hold again once the file can be read and lists them.
    project_.clear();
    current_.clear();
    return file.status();
  }
  Adopt(*std::move(file));
  return !SameSet(before, current_);
}

namespace {

absl::StatusOr<ProjectGrants> ReadProject(const std::string& directory, const std::string& name) {
  USHER_ASSIGN_OR_RETURN(const StateFile state, StateFile::Open(directory, name));
  StateFile::Version version;
  USHER_ASSIGN_OR_RETURN(const std::string text, state.Read(&version));
  if (version.size < 0) return ProjectGrants{.path = state.path()};
  USHER_ASSIGN_OR_RETURN(GrantFile file, ParseGrantFile(text, state.path()));
  DropEnded(file);
  ProjectGrants project{file.workspace, state.path(), std::move(file.project)};
  for (ListedSessionGrant& listed : file.sessions) project.grants.push_back(std::move(listed.grant));
  return project;
}

}  // namespace

absl::StatusOr<std::vector<ProjectGrants>> ReadAllGrants(const std::string& directory) {
  std::vector<ProjectGrants> projects;
  std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(directory.c_str()), &closedir);
  if (entries == nullptr && errno == ENOENT) return projects;
  if (entries == nullptr) return ErrnoStatus(Cat("opendir(\"", Escape(directory), "\")"));
  std::vector<std::string> names;
  while (const dirent* entry = readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name.front() != '.' && name.ends_with(".toml")) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    USHER_ASSIGN_OR_RETURN(ProjectGrants project, ReadProject(directory, name));
    projects.push_back(std::move(project));
  }
  return projects;
}

absl::StatusOr<ProjectGrants> ReadGrants(const std::string& directory, std::string_view workspace) {
  auto project = ReadProject(directory, ProjectId(workspace) + ".toml");
  if (!project.ok() && ErrnoOf(project.status()) != ENOENT) return project.status();
  if (project.ok() && !project->workspace.empty()) return project;
  return ProjectGrants{.workspace = std::string(workspace)};
}

}  // namespace usher
