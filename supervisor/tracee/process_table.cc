#include "supervisor/tracee/process_table.h"

#include <dirent.h>
#include <unistd.h>

#include <climits>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

constexpr int kMaxDepth = 4096;     // of a chain of parents: a guard against a race, not a limit on programs
constexpr int kMostAncestors = 64;  // that are told of somebody
constexpr size_t kMaxRemembered = 8192;
constexpr size_t kMaxWatched = 32;  // a descriptor each

std::string ReadLink(const std::string& path) {
  char buffer[PATH_MAX + 1];
  const ssize_t length = readlink(path.c_str(), buffer, sizeof(buffer));
  return length < 0 ? std::string() : std::string(buffer, static_cast<size_t>(length));
}

// The last link of a chain. The name that a process bears (prctl(PR_SET_NAME)) is its own choice, and told only where
// the kernel does not say what it runs.
std::string NameIn(const Subject& subject, const std::string& borne) {
  constexpr std::string_view kDeleted = " (deleted)";
  std::string_view exe = subject.exe;
  if (exe.ends_with(kDeleted)) exe.remove_suffix(kDeleted.size());
  return std::string(exe.empty() ? std::string_view(borne) : BaseName(exe));
}

}  // namespace

bool ProcessTable::Inside(int32_t id) const {
  int32_t at = id;
  for (int depth = 0; depth < kMaxDepth && at > 1; ++depth) {
    const auto stat = ReadProcStat(at);
    if (!stat.ok() && at == id) return false;
    // A parent that died under way has left its children to another: once more from below. The keeper itself is not
    // inside.
    at = stat.ok() ? stat->parent : id;
    if (stat.ok() && at == keeper_) return true;
  }
  return false;
}

bool ProcessTable::GroupInside(int32_t group) const {
  if (Inside(group)) {
    const auto leader = ReadProcStat(group);
    if (leader.ok() && leader->group == group) return true;
  }
  // The leader is gone: any member will do.
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return false;
  bool inside = false;
  while (const dirent* entry = readdir(proc)) {
    int32_t pid = 0;
    if (!ParseNumber(entry->d_name, &pid)) continue;
    const auto stat = ReadProcStat(pid);
    if (stat.ok() && stat->group == group) {
      inside = Inside(pid);
      break;
    }
  }
  closedir(proc);
  return inside;
}

void ProcessTable::NoteExec(int32_t pid, std::string exe, std::vector<std::string> argv) {
  // Who was described when the exec was judged has stood still since, and starts no second time.
  const auto caller = described_.find(pid);
  uint64_t start_ticks = 0;
  if (caller != described_.end() && caller->second.pid == pid) {
    start_ticks = caller->second.start_ticks;
  } else if (const auto stat = ReadProcStat(pid); stat.ok()) {
    start_ticks = stat->start_ticks;
  } else {
    return;
  }
  if (known_.size() > kMaxRemembered) known_.clear();
  known_[pid] = Known{start_ticks, std::move(exe), std::move(argv)};
  described_.erase(pid);
}

// The number is read anew once it is watched: it is the pidfd's from then on, if it was this process's before.
void ProcessTable::Watch(int32_t pid, uint64_t start_ticks) {
  auto pidfd = PidfdOpen(pid);
  if (!pidfd.ok()) return;
  const auto stat = ReadProcStat(pid);
  if (!stat.ok() || stat->start_ticks != start_ticks) return;
  if (watched_.size() >= kMaxWatched) watched_.clear();
  watched_.insert_or_assign(pid, *std::move(pidfd));
}

Subject ProcessTable::Describe(int32_t tid) { return Describe(tid, kMostAncestors).subject; }

ProcessTable::Description ProcessTable::Describe(int32_t tid, int ancestors) {
  const auto described = described_.find(tid);
  if (described != described_.end()) {
    const auto watched = watched_.find(tid);
    if (watched != watched_.end() && PidfdIsThere(watched->second.get())) return {described->second};
  }
  watched_.erase(tid);
  Subject subject;
  subject.tid = tid;
  const auto stat = ReadProcStat(tid);
  if (!stat.ok()) return {std::move(subject)};
  if (described != described_.end() && described->second.start_ticks == stat->start_ticks) {
    // It calls again: worth a descriptor, if it is a process. Another thread's number says nothing about its own.
    if (described->second.pid == tid) Watch(tid, stat->start_ticks);
    return {described->second};
  }
  subject.start_ticks = stat->start_ticks;
  subject.pid = ThreadGroupOf(tid).value_or(tid);
  const auto leader = subject.pid == tid ? stat : ReadProcStat(subject.pid);
  const uint64_t process_start = leader.ok() ? leader->start_ticks : 0;
  const auto known = known_.find(subject.pid);
  if (known != known_.end() && known->second.start_ticks == process_start) {
    subject.exe = known->second.exe;
    subject.argv = known->second.argv;
  } else {
    // A fork that has not started a program of its own, or a start we did not see: as it says now.
    subject.exe = ReadLink(Concat("/proc/", tid, "/exe"));
    const std::string line = ReadFile(Concat("/proc/", tid, "/cmdline"), 1 << 16).value_or("");
    for (const std::string_view word : Split(line, '\0')) subject.argv.emplace_back(word);
    if (!subject.argv.empty() && subject.argv.back().empty()) subject.argv.pop_back();
  }
  Description parent;
  if (leader.ok() && leader->parent > 1 && leader->parent != keeper_) {
    if (ancestors > 0) {
      parent = Describe(leader->parent, ancestors - 1);
    } else {
      parent.whole = false;
    }
  }
  subject.chain = std::move(parent.subject.chain);
  subject.chain.push_back(NameIn(subject, stat->comm));
  if (!parent.whole) return {std::move(subject), false};
  // Of an earlier process of that number, which a thread of this one would be taken for.
  const auto namesake = described_.find(subject.pid);
  if (namesake != described_.end() && namesake->second.start_ticks != process_start) described_.erase(namesake);
  if (described_.size() > kMaxRemembered) described_.clear();
  described_[tid] = subject;
  return {std::move(subject)};
}

void ProcessTable::Forget(int32_t pid) {
  described_.erase(pid);
  known_.erase(pid);
}

Subject ProcessTable::DescribeWithDirectory(int32_t tid) {
  Subject subject = Describe(tid);
  subject.cwd = ReadLink(Concat("/proc/", tid, "/cwd"));
  return subject;
}

}  // namespace usher
