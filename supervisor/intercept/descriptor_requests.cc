#include "supervisor/intercept/descriptor_requests.h"

#include <utility>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

constexpr size_t kMostProcesses = 4096;  // whose pages are remembered; another page is made where one is forgotten

bool SameCall(const SyscallEvent& a, const SyscallEvent& b) { return a.nr == b.nr && a.args == b.args && a.ip == b.ip; }

}  // namespace

absl::Status DescriptorRequests::Ask(const SyscallEvent& event, std::vector<int> numbers, Listener& listener) {
  USHER_ASSIGN_OR_RETURN(const int32_t process, ThreadGroupOf(event.tid));
  uint64_t page = 0;
  if (const auto kept = pages_.find(process); kept != pages_.end() && !kept->second.empty()) {
    page = kept->second.back();
    kept->second.pop_back();
  }
  auto request = std::make_unique<DescriptorRequest>(event, process, std::move(numbers), page);
  USHER_RETURN_IF_ERROR(request->Start(listener));
  requests_.push_back(std::move(request));
  return absl::OkStatus();
}

bool DescriptorRequests::Took(const SyscallEvent& event, Listener& listener) {
  for (const auto& request : requests_) {
    if (!request->IsMessage(event)) continue;
    request->OnMessage(event, listener);
    return true;
  }
  return false;
}

// Another call in between is a signal handler's: the program's own call comes after it, and is asked for anew.
void DescriptorRequests::NoteCall(const SyscallEvent& event) {
  auto handed = uncalled_.extract(event.tid);
  if (handed.empty() || !SameCall(handed.mapped().event, event)) return;
  called_.emplace(event.id, std::move(handed.mapped().fds));
}

std::optional<absl::StatusOr<NumberedFds>> DescriptorRequests::Take(uint64_t id) {
  if (called_.empty()) return std::nullopt;
  auto handed = called_.extract(id);
  if (handed.empty()) return std::nullopt;
  return std::move(handed.mapped());
}

void DescriptorRequests::Look() {
  for (size_t i = 0; i < requests_.size();) {
    DescriptorRequest& request = *requests_[i];
    const bool was_free = request.caller_is_free();
    request.Look();
    if (!was_free && request.caller_is_free()) Finish(request);
    if (!request.over()) {
      ++i;
      continue;
    }
    requests_[i] = std::move(requests_.back());
    requests_.pop_back();
  }
}

void DescriptorRequests::Finish(DescriptorRequest& request) {
  uncalled_.insert_or_assign(request.event().tid, HandedOver{request.event(), request.TakeResult()});
  if (request.page() == 0) return;
  if (pages_.size() >= kMostProcesses) pages_.clear();
  pages_[request.process()].push_back(request.page());
}

bool DescriptorRequests::ForgetUncalled() {
  absl::erase_if(uncalled_, [](const auto& entry) { return entry.second.old; });
  for (auto& [tid, handed] : uncalled_) handed.old = true;
  return !uncalled_.empty() || !requests_.empty();
}

}  // namespace usher
