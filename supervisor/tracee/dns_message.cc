#include "supervisor/tracee/dns_message.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>

namespace usher {
namespace {

constexpr size_t kHeader = 12;        // RFC 1035, 4.1.1
constexpr int kMaxAddresses = 64;

uint16_t Word(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[at]) << 8 | static_cast<uint8_t>(bytes[at + 1]));
}

const unsigned char* Bytes(std::string_view packet) { return reinterpret_cast<const unsigned char*>(packet.data()); }

}  // namespace

std::optional<DnsQuestion> DnsQuestionOf(std::string_view packet) {
  if (packet.size() < kHeader + 5) return std::nullopt;
  const bool response = (static_cast<uint8_t>(packet[2]) & 0x80) != 0;
  const int opcode = (static_cast<uint8_t>(packet[2]) >> 3) & 0xf;
  if (response || opcode != 0 || Word(packet, 4) != 1) return std::nullopt;
  char* name = nullptr;
  long length = 0;
  if (ares_expand_name(Bytes(packet) + kHeader, Bytes(packet), static_cast<int>(packet.size()), &name, &length) !=
      ARES_SUCCESS) {
    return std::nullopt;
  }
  const std::unique_ptr<char, decltype(&ares_free_string)> owned(name, [](void* text) { ares_free_string(text); });
  const size_t after = kHeader + static_cast<size_t>(length);
  if (after + 4 > packet.size()) return std::nullopt;
  DnsQuestion question{name, Word(packet, after)};
  for (char& c : question.name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (!question.name.empty() && question.name.back() == '.') question.name.pop_back();
  if (question.name.empty()) return std::nullopt;
  return question;
}

std::string DnsQuery(const std::string& name, uint16_t type, uint16_t id) {
  unsigned char* buffer = nullptr;
  int length = 0;
  if (ares_create_query(name.c_str(), ns_c_in, type, id, /*rd=*/1, &buffer, &length, /*max_udp_size=*/1232) !=
      ARES_SUCCESS) {
    return {};
  }
  std::string packet(reinterpret_cast<const char*>(buffer), static_cast<size_t>(length));
  ares_free_string(buffer);
  return packet;
}

std::vector<IpAddress> DnsAddressesIn(std::string_view packet, uint16_t type) {
  std::vector<IpAddress> addresses;
  int count = kMaxAddresses;
  if (type == ns_t_a) {
    ares_addrttl found[kMaxAddresses];
    if (ares_parse_a_reply(Bytes(packet), static_cast<int>(packet.size()), nullptr, found, &count) != ARES_SUCCESS) {
      return addresses;
    }
    for (int i = 0; i < count; ++i) {
      std::array<uint8_t, 4> octets;
      std::memcpy(octets.data(), &found[i].ipaddr, octets.size());
      addresses.push_back(IpAddress::V4(octets));
    }
  } else if (type == ns_t_aaaa) {
    ares_addr6ttl found[kMaxAddresses];
    if (ares_parse_aaaa_reply(Bytes(packet), static_cast<int>(packet.size()), nullptr, found, &count) != ARES_SUCCESS) {
      return addresses;
    }
    for (int i = 0; i < count; ++i) {
      std::array<uint8_t, 16> octets;
      std::memcpy(octets.data(), &found[i].ip6addr, octets.size());
      addresses.push_back(IpAddress::V6(octets));
    }
  }
  return addresses;
}

}  // namespace usher
