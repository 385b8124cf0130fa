// What stands in the memory that a messenger's sendmsg(2) is read from (descriptor_request.h). Others in its process
// can change it at any time.

#ifndef USHER_SUPERVISOR_INTERCEPT_SEND_FRAME_H_
#define USHER_SUPERVISOR_INTERCEPT_SEND_FRAME_H_

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace usher {

inline constexpr uint64_t kFrameRoom = 4096;  // enough, whatever a page is here
inline constexpr size_t kMostNumbers = 253;  // SCM_MAX_FD

// What a page of ours begins with, so that one of a program that has been replaced is not taken for it.
inline constexpr std::array<uint64_t, 2> kMark = {0x7573686572207061, 0x67652e2e00004711};

// What the page holds for sendmsg(2). Others in the process can change it at any time.
struct SendFrame {
  std::array<uint64_t, 2> mark = kMark;
  msghdr message{};
  iovec data{};
  alignas(cmsghdr) char control[CMSG_SPACE(kMostNumbers * sizeof(int))] = {};
  char byte = 0;
};
static_assert(sizeof(SendFrame) < kFrameRoom);

inline SendFrame FrameAt(uint64_t address, const std::vector<int>& numbers) {
  SendFrame frame;
  frame.data.iov_base = reinterpret_cast<void*>(address + offsetof(SendFrame, byte));
  frame.data.iov_len = 1;
  frame.message.msg_iov = reinterpret_cast<iovec*>(address + offsetof(SendFrame, data));
  frame.message.msg_iovlen = 1;
  frame.message.msg_control = reinterpret_cast<void*>(address + offsetof(SendFrame, control));
  frame.message.msg_controllen = CMSG_SPACE(numbers.size() * sizeof(int));
  cmsghdr header{};
  header.cmsg_level = SOL_SOCKET;
  header.cmsg_type = SCM_RIGHTS;
  header.cmsg_len = CMSG_LEN(numbers.size() * sizeof(int));
  std::memcpy(frame.control, &header, sizeof(header));
  std::memcpy(frame.control + CMSG_LEN(0), numbers.data(), numbers.size() * sizeof(int));
  return frame;
}

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_SEND_FRAME_H_
