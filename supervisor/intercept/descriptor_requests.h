// Which callers were asked for descriptors (descriptor_request.h), and what have they handed over?

#ifndef USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_REQUESTS_H_
#define USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_REQUESTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/intercept/descriptor_request.h"
#include "supervisor/kernel/notify.h"
#include "supervisor/kernel/numbered_fds.h"
#include "supervisor/syscalls/call.h"

namespace usher {

class DescriptorRequests {
 public:
  absl::Status Ask(const SyscallEvent& event, std::vector<int> numbers, Listener& listener);
  // True: the call was a messenger's, and is answered.
  bool Took(const SyscallEvent& event, Listener& listener);
  // A call that may be one made again: what came of the request waits under its id then.
  void NoteCall(const SyscallEvent& event);
  std::optional<absl::StatusOr<NumberedFds>> Take(uint64_t id);
  void Look();
  bool ForgetUncalled();

 private:
  struct HandedOver {
    SyscallEvent event;
    absl::StatusOr<NumberedFds> fds;
    bool old = false;
  };
  void Finish(DescriptorRequest& request);

  std::vector<std::unique_ptr<DescriptorRequest>> requests_;
  // In nodes, for g++ 12 warns of how a flat map would move them.
  absl::node_hash_map<int32_t, HandedOver> uncalled_;                  // by thread
  absl::node_hash_map<uint64_t, absl::StatusOr<NumberedFds>> called_;  // by the id of the call made again
  absl::flat_hash_map<int32_t, std::vector<uint64_t>> pages_;          // by process, those that nobody uses
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_REQUESTS_H_
