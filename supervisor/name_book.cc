#include "supervisor/name_book.h"

#include <arpa/nameser.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "policies/text.h"
#include "supervisor/syscalls/socket_address.h"
#include "supervisor/tracee/dns_message.h"

namespace usher {
namespace {

constexpr std::chrono::seconds kAskAgain{60};
constexpr size_t kMaxLookups = 64, kMaxNames = 4096, kMaxNamesOfOne = 32;

std::string KeyOf(const std::string& name, uint16_t type) { return Concat(name, "/", type); }

}  // namespace

NameBook::~NameBook() {
  while (!lookups_.empty()) End(lookups_.begin()->first, /*answered=*/false);
}

void NameBook::Hear(const Call& call, const Target& target) {
  if (target.type != SOCK_DGRAM || (target.domain != AF_INET && target.domain != AF_INET6)) return;
  for (size_t i = 0; i < call.messages.size(); ++i) {
    sockaddr_storage server{};
    socklen_t length = sizeof(server);
    const std::string& address = target.destinations[i].address;
    if (!address.empty() && address.size() <= sizeof(server)) {
      std::memcpy(&server, address.data(), address.size());
      length = static_cast<socklen_t>(address.size());
    } else if (getpeername(target.socket.get(), reinterpret_cast<sockaddr*>(&server), &length) < 0) {
      continue;
    }
    const auto parsed = ParseSocketAddress({reinterpret_cast<const char*>(&server), length});
    if (!parsed.ok()) continue;
    const auto* internet = std::get_if<InternetAddress>(&*parsed);
    if (internet != nullptr && internet->port == kDnsPort) OnQuery(call.messages[i].data, server, length);
  }
}

bool NameBook::IsServer(const IpAddress& address) const {
  return std::find(servers_.begin(), servers_.end(), address.Normalised()) != servers_.end();
}

bool NameBook::WouldAnswerInstead(const IpAddress& address, uint16_t port) const {
  return port == kDnsPort && (address.IsUnspecified() || IsServer(address));
}

void NameBook::OnQuery(std::string_view packet, const sockaddr_storage& server, socklen_t server_length) {
  const auto parsed = ParseSocketAddress({reinterpret_cast<const char*>(&server), server_length});
  const auto* internet = parsed.ok() ? std::get_if<InternetAddress>(&*parsed) : nullptr;
  if (internet == nullptr || !IsServer(internet->address)) return;
  const auto question = DnsQuestionOf(packet);
  if (!question || (question->type != ns_t_a && question->type != ns_t_aaaa)) return;
  Ask(question->name, question->type, server, server_length);
}

void NameBook::Ask(const std::string& name, uint16_t type, const sockaddr_storage& server, socklen_t server_length) {
  const std::string key = KeyOf(name, type);
  const auto now = EventLoop::Clock::now();
  if (const auto it = asked_.find(key); it != asked_.end() && now - it->second < kAskAgain) return;
  if (lookups_.size() >= kMaxLookups) return;  // a flood of names stays nameless: it is asked about by address
  if (asked_.size() >= kMaxNames) asked_.clear();
  uint16_t id = 0;
  if (getrandom(&id, sizeof(id), 0) != sizeof(id)) return;
  const std::string packet = DnsQuery(name, type, id);
  UniqueFd socket(::socket(server.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (packet.empty() || !socket) return;
  // Connected: the kernel drops what comes from anybody else.
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&server), server_length) < 0) return;
  if (send(socket.get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0) return;
  const int fd = socket.get();
  if (!loop_.Watch(fd, EPOLLIN, [this, fd](uint32_t) { OnAnswer(fd); }).ok()) return;
  asked_[key] = now;
  const EventLoop::TimerId deadline = loop_.After(patience_, [this, fd] { End(fd, /*answered=*/false); });
  lookups_[fd] = Lookup{std::move(socket), name, type, id, deadline, next_number_++};
}

void NameBook::OnAnswer(int fd) {
  const Lookup& lookup = lookups_.at(fd);
  std::array<char, 4096> buffer;
  const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
  const bool answered = got >= 2;
  if (answered) {
    const std::string_view packet(buffer.data(), static_cast<size_t>(got));
    const auto id = static_cast<uint16_t>(static_cast<uint8_t>(packet[0]) << 8 | static_cast<uint8_t>(packet[1]));
    if (id != lookup.id) return;  // keep waiting for ours
    if (names_.size() >= kMaxNames) names_.clear();
    for (const IpAddress& address : DnsAddressesIn(packet, lookup.type)) {
      std::vector<std::string>& names = names_[address.Normalised().ToString()];
      const auto at = std::lower_bound(names.begin(), names.end(), lookup.name);
      // Whoever owns a domain could give one address names without end, and each connect there is judged by all of them.
      const bool is_new = at == names.end() || *at != lookup.name;
      if (is_new && names.size() < kMaxNamesOfOne) names.insert(at, lookup.name);
    }
  }
  End(fd, answered);
}

void NameBook::End(int fd, bool answered) {
  auto node = lookups_.extract(fd);
  if (node.empty()) return;
  loop_.Unwatch(fd);
  loop_.Cancel(node.mapped().deadline);
  // A datagram is easily lost. The sandbox asks once more then, and so do we.
  if (!answered) asked_.erase(KeyOf(node.mapped().name, node.mapped().type));
  RunSettled();
}

void NameBook::RunSettled() {
  uint64_t oldest = next_number_;
  for (const auto& [fd, lookup] : lookups_) oldest = std::min(oldest, lookup.number);
  for (; !waiting_.empty() && waiting_.front().before <= oldest; waiting_.pop_front()) {
    loop_.Defer(std::move(waiting_.front().work));
  }
}

std::vector<std::string> NameBook::NamesOf(const IpAddress& address) const {
  const auto it = names_.find(address.ToString());
  return it == names_.end() ? std::vector<std::string>() : it->second;
}

void NameBook::WhenSettled(std::function<void()> work) {
  if (!Busy()) return loop_.Defer(std::move(work));
  waiting_.push_back({next_number_, std::move(work)});
}

}  // namespace usher
