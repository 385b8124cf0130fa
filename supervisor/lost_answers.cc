#include "supervisor/lost_answers.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "policies/text.h"
#include "supervisor/broker/broker.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

constexpr size_t kMost = 64;  // threads that something is known of

}  // namespace

bool HasToBeKept(const Call& call) {
  if (call.row == nullptr || call.names.empty()) return false;
  if (call.row->allow_by == AllowBy::kOpen) return (call.open_flags & O_CREAT) != 0 && (call.open_flags & O_EXCL) != 0;
  return IsOnNames(call.row->allow_by);
}

std::optional<Reply> DuplicateOf(const Reply& reply) {
  if (const auto* value = std::get_if<ReplyValue>(&reply)) return *value;
  const auto* descriptor = std::get_if<ReplyFd>(&reply);
  if (descriptor == nullptr) return std::nullopt;
  UniqueFd name(open(DescriptorName(descriptor->fd.get()).c_str(), O_PATH | O_CLOEXEC));
  if (!name) return std::nullopt;
  return ReplyFd{std::move(name), descriptor->close_on_exec, descriptor->writable};
}

std::optional<Reply> ReplyFrom(Reply kept, const Call& call) {
  auto* descriptor = std::get_if<ReplyFd>(&kept);
  if (descriptor == nullptr) return kept;
  constexpr uint32_t kMaking = O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW;
  const int flags = static_cast<int>(call.open_flags & ~kMaking) | O_CLOEXEC | O_NOCTTY;
  // Without waiting for whoever has a lease on it by now.
  descriptor->fd.reset(open(DescriptorName(descriptor->fd.get()).c_str(), flags | O_NONBLOCK));
  if (!descriptor->fd) return std::nullopt;
  if ((flags & O_NONBLOCK) == 0) fcntl(descriptor->fd.get(), F_SETFL, flags);
  return kept;
}

bool IsAnotherDeedEachTime(const Call& call) { return (call.rename_flags & RENAME_EXCHANGE) != 0; }

bool IsMadeAgain(const Call& call, const Call& again) {
  const auto same_name = [](const NameArgument& a, const NameArgument& b) {
    return a.dirfd == b.dirfd && a.text == b.text;
  };
  // Not the registers: those that the call does not look at hold anything.
  const auto rest = [](const Call& c) {
    return std::tie(c.row, c.tid, c.open_flags, c.mode, c.at_flags, c.rename_flags, c.device, c.text);
  };
  return rest(call) == rest(again) &&
         std::equal(call.names.begin(), call.names.end(), again.names.begin(), again.names.end(), same_name);
}

bool IsSameInRegisters(const Call& call, const Call& again) {
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (call.row->args[i] != ArgRole::kNone && call.args[i] != again.args[i]) return false;
  }
  return true;
}

Starts StartsOf(const Call& call) {
  Starts starts;
  for (const NameArgument& name : call.names) {
    if (name.text.starts_with('/')) continue;
    const std::string place = name.dirfd == AT_FDCWD ? Concat("/proc/", call.tid, "/cwd")
                                                     : Concat("/proc/", call.tid, "/fd/", name.dirfd);
    struct stat status {};
    (void)stat(place.c_str(), &status);  // zeros where it cannot be seen
    starts.emplace_back(status.st_dev, status.st_ino);
  }
  return starts;
}

void LostAnswers::NoteInterruption(int32_t tid, Clock::time_point now) {
  std::erase_if(interrupted_, [tid](const auto& one) { return one.first == tid; });
  if (interrupted_.size() == kMost) interrupted_.pop_front();
  interrupted_.emplace_back(tid, now);
}

bool LostAnswers::WasInterruptedLately(int32_t tid, Clock::time_point now) const {
  return std::any_of(interrupted_.begin(), interrupted_.end(),
                     [&](const auto& one) { return one.first == tid && now - one.second < kLately; });
}

void LostAnswers::Keep(Answer answer, Clock::time_point now) {
  std::erase_if(kept_, [now](const Answer& old) { return old.until < now; });
  if (kept_.size() == kMost) kept_.pop_front();
  kept_.push_back(std::move(answer));
}

std::optional<LostAnswers::Answer> LostAnswers::Take(int32_t tid, Clock::time_point now) {
  const auto it =
      std::find_if(kept_.begin(), kept_.end(), [tid](const Answer& answer) { return answer.call.tid == tid; });
  if (it == kept_.end()) return std::nullopt;
  std::optional<Answer> taken = std::move(*it);
  kept_.erase(it);
  if (now > taken->until) return std::nullopt;
  return taken;
}

}  // namespace usher
