#include "supervisor/tracee/control_message.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

constexpr size_t kMaxPassed = 253;  // SCM_MAX_FD

absl::Status TranslateRights(std::string& message, size_t offset, size_t length, int32_t tid,
                             std::vector<UniqueFd>& passed) {
  USHER_ASSIGN_OR_RETURN(const int32_t process, ThreadGroupOf(tid));
  USHER_ASSIGN_OR_RETURN(const UniqueFd pidfd, PidfdOpen(process));
  for (size_t at = offset; at + sizeof(int) <= offset + length; at += sizeof(int)) {
    if (passed.size() >= kMaxPassed) return ErrnoStatus("SCM_RIGHTS", EINVAL);
    int number;
    std::memcpy(&number, message.data() + at, sizeof(number));
    USHER_ASSIGN_OR_RETURN(UniqueFd copy, PidfdGetFd(pidfd.get(), number));
    number = copy.get();
    std::memcpy(message.data() + at, &number, sizeof(number));
    passed.push_back(std::move(copy));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status TranslateControl(std::string_view control, int32_t tid, std::string& translated,
                              std::vector<UniqueFd>& passed) {
  translated.assign(control);
  size_t at = 0;
  while (translated.size() - at >= sizeof(cmsghdr)) {
    cmsghdr header;
    std::memcpy(&header, translated.data() + at, sizeof(header));
    if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > translated.size() - at) {
      return ErrnoStatus("control message", EINVAL);
    }
    const size_t data = at + CMSG_LEN(0), length = header.cmsg_len - CMSG_LEN(0);
    if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS) {
      USHER_RETURN_IF_ERROR(TranslateRights(translated, data, length, tid, passed));
    } else if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_CREDENTIALS && length == sizeof(ucred)) {
      const pid_t ours = getpid();
      std::memcpy(translated.data() + data + offsetof(ucred, pid), &ours, sizeof(ours));
    }
    const size_t step = CMSG_ALIGN(header.cmsg_len);
    if (step > translated.size() - at) break;
    at += step;
  }
  return absl::OkStatus();
}

}  // namespace usher
