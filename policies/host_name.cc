#include "policies/host_name.h"

#include "policies/text.h"

namespace usher {

bool IsListening(const NetOperation& operation) {
  return operation.action == NetAction::kBind || operation.action == NetAction::kListen;
}

IpAddress JudgedAddress(const NetOperation& operation) {
  if (IsListening(operation) && operation.address.IsUnspecified()) return IpAddress::V4({0, 0, 0, 0});
  return operation.address.Normalised();
}

absl::Span<const std::string> JudgedNames(const NetOperation& operation) {
  if (IsListening(operation) || JudgedAddress(operation).IsLoopback()) return {};
  return operation.names;
}

std::string_view WithoutRootDot(std::string_view name) {
  if (name.size() > 1 && name.back() == '.') name.remove_suffix(1);
  return name;
}

bool IsInDomain(std::string_view name, std::string_view domain) {
  if (domain.empty() || !name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

std::string HostAndPort(std::string_view host, uint16_t port) {
  const bool brackets = port != 0 && host.find(':') != std::string_view::npos;
  std::string text = brackets ? Cat("[", host, "]") : std::string(host);
  if (port != 0) text += Cat(":", port);
  return text;
}

}  // namespace usher
