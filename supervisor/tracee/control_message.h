// Descriptors and credentials that travel with a message: the tracee's numbers become ours.

#ifndef USHER_SUPERVISOR_TRACEE_CONTROL_MESSAGE_H_
#define USHER_SUPERVISOR_TRACEE_CONTROL_MESSAGE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/tracee/callers_descriptors.h"

namespace usher {

// Copies `control`, with a duplicate of each descriptor of an SCM_RIGHTS message in its place (kept in `passed` until the
// message is sent), our process id in SCM_CREDENTIALS, the only one the kernel lets us claim, and no interface in *_PKTINFO.
// EINVAL for bytes that are no control messages and for kinds that are not known to be harmless, EBADF as sendmsg(2) would say.
absl::Status TranslateControl(std::string_view control, const CallersDescriptors& descriptors, std::string& translated,
                              std::vector<UniqueFd>& passed);

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_CONTROL_MESSAGE_H_
