// What holds for everything that a tracee, or a name server, can have said of it.

#ifndef USHER_TESTS_FUZZ_TRACEE_TRACEE_DEMANDS_H_
#define USHER_TESTS_FUZZ_TRACEE_TRACEE_DEMANDS_H_

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"
#include "supervisor/tracee/belongings.h"
#include "supervisor/tracee/control_message.h"
#include "supervisor/tracee/dns_message.h"
#include "supervisor/tracee/program.h"
#include "supervisor/tracee/resolver.h"
#include "tests/fuzz/approval/demand.h"

namespace usher {

// Every descriptor that will be passed on is a copy of our making: a number of the tracee's must not stay in the bytes.
inline void CheckControlMessage(std::string_view bytes) {
  std::string translated;
  std::vector<UniqueFd> passed;
  const absl::Status status = TranslateControl(bytes, getpid(), translated, passed);
  USHER_DEMAND(passed.size() <= 253);
  if (!status.ok()) {
    const int error = ErrnoOf(status);
    USHER_DEMAND(error == EINVAL || error == EBADF || error == EMFILE);
    return;
  }
  USHER_DEMAND(translated.size() == bytes.size());
  // As the kernel walks them.
  std::vector<int> named;
  std::string aligned = translated;
  msghdr header{};
  header.msg_control = aligned.data();
  header.msg_controllen = aligned.size();
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr; message = CMSG_NXTHDR(&header, message)) {
    if (message->cmsg_level != SOL_SOCKET || message->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (message->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(message) + i * sizeof(fd), sizeof(fd));
      named.push_back(fd);
    }
  }
  USHER_DEMAND(named.size() == passed.size());
  for (size_t i = 0; i < named.size(); ++i) USHER_DEMAND(named[i] == passed[i].get());
}

inline void CheckDnsMessage(std::string_view bytes) {
  if (const auto question = DnsQuestionOf(bytes)) {
    USHER_DEMAND(!question->name.empty());
    USHER_DEMAND(
        std::none_of(question->name.begin(), question->name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
    // What can be asked again is asked about the same name.
    const std::string again = DnsQuery(question->name, question->type, 1);
    if (!again.empty()) USHER_DEMAND(DnsQuestionOf(again).has_value());
  }
  for (const uint16_t type : {uint16_t{1}, uint16_t{28}}) {
    for (const IpAddress& address : DnsAddressesIn(bytes, type)) USHER_DEMAND(address.v6 == (type == 28));
  }
}

// The bytes as a whole text, and as the name in a good one: nothing that a process calls itself changes the other
// fields.
inline void CheckProcStat(std::string_view bytes) {
  (void)ParseProcStat(bytes);
  const auto stat = ParseProcStat(Concat("7 (", bytes, ") R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21"));
  USHER_DEMAND(stat.ok());
  USHER_DEMAND(stat->comm == bytes && stat->state == 'R' && stat->parent == 1 && stat->group == 2 &&
               stat->session == 3);
  USHER_DEMAND(stat->terminal == 4 && stat->start_ticks == 19);
  (void)SocketsAtPort(bytes, 3000, true);
}

inline void CheckInterpreter(std::string_view bytes) {
  const auto [interpreter, argument] = ScriptLineOf(bytes);
  USHER_DEMAND(interpreter.size() <= 254);
  USHER_DEMAND(interpreter.find_first_of(std::string_view(" \t\n\0", 4)) == std::string::npos);
  if (!interpreter.empty()) {
    USHER_DEMAND(bytes.substr(0, 2) == "#!");
    USHER_DEMAND(bytes.substr(0, 256).find(interpreter) != std::string_view::npos);
  }
  const SplitName split = SplitLeaf(bytes);
  USHER_DEMAND(!split.parent.empty());
  USHER_DEMAND(bytes.empty() || !split.leaf.empty());
  USHER_DEMAND(split.leaf.find('/') == std::string::npos || split.leaf.find('/') == split.leaf.size() - 1);
}

}  // namespace usher

#endif  // USHER_TESTS_FUZZ_TRACEE_TRACEE_DEMANDS_H_
