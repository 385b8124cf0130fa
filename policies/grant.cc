#include "policies/grant.h"

#include "policies/host_name.h"
#include "policies/text.h"

namespace usher {
namespace {

bool CoversPath(const FileScope& scope, FileUse use, std::string_view path) {
  if (scope.use != use) return false;
  if (scope.path == path) return true;
  if (!scope.tree || !path.starts_with(scope.path)) return false;
  return scope.path.ends_with('/') || path[scope.path.size()] == '/';
}

bool CoversHost(const HostScope& scope, const NetOperation& net) {
  if (scope.listen != IsListening(net)) return false;
  if (scope.port != 0 && scope.port != net.port) return false;
  for (const std::string& name : JudgedNames(net)) {
    const std::string_view host = WithoutRootDot(name);
    if (host == scope.host || (scope.subdomains && IsInDomain(host, scope.host))) return true;
  }
  return JudgedAddress(net).ToString() == scope.host;
}

struct CoverVisitor {
  bool operator()(const FileScope& scope, const FileOperation& file) const {
    return CoversPath(scope, file.action == FileAction::kRead ? FileUse::kRead : FileUse::kWrite, file.path);
  }
  bool operator()(const FileScope& scope, const ExecOperation& exec) const {
    return CoversPath(scope, FileUse::kExec, exec.path);
  }
  // Giving a socket a name is making a file.
  bool operator()(const FileScope& scope, const UnixSocketOperation& socket) const {
    return socket.action == UnixAction::kBind && CoversPath(scope, FileUse::kWrite, socket.name);
  }
  bool operator()(const HostScope& scope, const NetOperation& net) const { return CoversHost(scope, net); }
  bool operator()(const UnixScope& scope, const UnixSocketOperation& socket) const {
    return socket.action != UnixAction::kBind && scope.name == socket.name;
  }
  template <typename OtherScope, typename OtherOperation>
  bool operator()(const OtherScope&, const OtherOperation&) const {
    return false;
  }
};

struct TextVisitor {
  std::string operator()(const FileScope& scope) const {
    return scope.tree ? Cat(scope.path, " and everything in it") : scope.path;
  }
  std::string operator()(const HostScope& scope) const {
    const std::string host = HostAndPort(Cat(scope.subdomains ? "." : "", scope.host), scope.port);
    const std::string text = scope.port == 0 ? Cat(host, ", every port") : host;
    return scope.listen ? Cat("listen on ", text) : text;
  }
  std::string operator()(const UnixScope& scope) const { return scope.name; }
};

}  // namespace

std::string_view ToString(GrantLife life) {
  switch (life) {
    case GrantLife::kOnce:
      return "once";
    case GrantLife::kSession:
      return "session";
    case GrantLife::kProject:
      return "project";
  }
  return "once";
}

std::string_view ToString(FileUse use) {
  switch (use) {
    case FileUse::kRead:
      return "read";
    case FileUse::kWrite:
      return "write";
    case FileUse::kExec:
      return "exec";
  }
  return "read";
}

bool Covers(const Scope& scope, const Operation& operation) { return std::visit(CoverVisitor{}, scope, operation); }

std::string ToString(const Scope& scope) { return std::visit(TextVisitor{}, scope); }

}  // namespace usher
