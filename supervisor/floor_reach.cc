#include "supervisor/floor_reach.h"

#include <cstdio>  // RENAME_EXCHANGE

#include "policies/text.h"
#include "supervisor/kernel/path.h"

namespace usher {

bool FloorReach::Knows(const std::string& path, uint64_t device, uint64_t inode) const {
  if (files_.contains({device, inode})) return true;
  for (const UniqueFd& directory : directories_) {
    const auto above = NameOf(directory.get());
    if (above.ok() && path.starts_with(Concat(*above, "/"))) return true;
  }
  return false;
}

bool FloorReach::Exposes(const Call& call, const Target& target) const {
  const bool renames = call.row->allow_by == AllowBy::kRename;
  if ((!renames && call.row->allow_by != AllowBy::kLink) || target.names.size() != 2) return false;
  const Resolved& from = target.names[0];
  const Resolved& to = target.names[1];
  if (ExposedBy(from, to.path)) return true;
  return renames && (call.rename_flags & RENAME_EXCHANGE) != 0 && ExposedBy(to, from.path);
}

bool FloorReach::ExposedBy(const Resolved& moved, const std::string& to) const {
  if (!moved.exists()) return false;
  if (!moved.is_directory()) {
    return files_.contains({moved.status.st_dev, moved.status.st_ino}) &&
           rules_.Decide(FileOperation{.path = to}).verdict != Verdict::kAllow;
  }
  // Files below it keep their names; of the directories above these only the one that is moved gets another.
  if (!files_.empty() && rules_.AllowedBeneath(RuleUse::kRead, to) < Extent::kButForScattered) return true;
  for (const UniqueFd& directory : directories_) {
    const auto path = NameOf(directory.get());
    if (!path.ok()) return true;
    if (*path != moved.path && !path->starts_with(Concat(moved.path, "/"))) continue;
    const std::string later = Concat(to, std::string_view(*path).substr(moved.path.size()));
    if (rules_.AllowedBeneath(RuleUse::kRead, later) != Extent::kEverything) return true;
  }
  return false;
}

}  // namespace usher
