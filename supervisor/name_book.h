// Which host names an address goes by, as far as the sandbox has asked for them.
//
// A question that the sandbox sends to a name server is asked by Usher too, of the same server; its own answer binds name
// to addresses. So a connect can be judged and shown by name, and no answer that only the sandbox saw, or made up, counts.
// Only the servers that this machine asks anyway may name hosts: any other would say what the sandbox wants to hear.

#ifndef USHER_SUPERVISOR_NAME_BOOK_H_
#define USHER_SUPERVISOR_NAME_BOOK_H_

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policies/ip_address.h"
#include "supervisor/kernel/event_loop.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

inline constexpr uint16_t kDnsPort = 53;

class NameBook {
 public:
  // `servers` are normalised. `patience` is how long one answer of theirs is waited for.
  NameBook(EventLoop& loop, std::vector<IpAddress> servers,
           std::chrono::milliseconds patience = std::chrono::milliseconds(2000))
      : loop_(loop), servers_(std::move(servers)), patience_(patience) {}
  ~NameBook();
  NameBook(const NameBook&) = delete;
  NameBook& operator=(const NameBook&) = delete;

  // Before a call that sends datagrams is done: questions to a name server are asked by us first.
  void Hear(const Call& call, const Target& target);

  // The sandbox sends `packet` to a name server at `server` (a sockaddr with port 53).
  void OnQuery(std::string_view packet, const sockaddr_storage& server, socklen_t server_length);

  // Whether a datagram socket bound there could be asked in the place of a name server: nobody inside may be that.
  bool WouldAnswerInstead(const IpAddress& address, uint16_t port) const;

  // Names that Usher's own look-ups gave for the address, lower case, sorted.
  std::vector<std::string> NamesOf(const IpAddress& address) const;

  // Runs `work` once the look-ups of this moment are over, at the latest after the patience: a connect may come before our
  // answer. Those that begin meanwhile are not waited for, or whoever keeps asking would keep every connect waiting.
  bool Busy() const { return !lookups_.empty(); }
  void WhenSettled(std::function<void()> work);

 private:
  struct Lookup {
    UniqueFd socket;
    std::string name;
    uint16_t type = 0, id = 0;
    EventLoop::TimerId deadline = 0;
    uint64_t number = 0;  // in the order in which they began
  };
  struct Waiting {
    uint64_t before;  // the number of the first look-up that it does not wait for
    std::function<void()> work;
  };

  void Ask(const std::string& name, uint16_t type, const sockaddr_storage& server, socklen_t server_length);
  void OnAnswer(int fd);
  void End(int fd, bool answered);
  void RunSettled();

  bool IsServer(const IpAddress& address) const;

  EventLoop& loop_;
  std::vector<IpAddress> servers_;
  std::chrono::milliseconds patience_;
  absl::flat_hash_map<int, Lookup> lookups_;            // by descriptor
  absl::flat_hash_map<std::string, std::vector<std::string>> names_;  // by address text
  // "name/type": under way, or answered and not to be asked again within a minute.
  absl::flat_hash_map<std::string, EventLoop::Clock::time_point> asked_;
  std::deque<Waiting> waiting_;  // those that wait for the fewest first
  uint64_t next_number_ = 0;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_NAME_BOOK_H_
