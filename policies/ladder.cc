// LadderFor: what a person may be offered, narrowest first.

#include <algorithm>
#include <array>

#include "policies/grant.h"
#include "policies/host_name.h"
#include "policies/registrable_domain.h"
#include "policies/text.h"

namespace usher {
namespace {

// Directories of the home in which every application has one of its own.
constexpr std::array<std::string_view, 6> kApplicationParents = {"/.cache",       "/.config",      "/.local",
                                                                 "/.local/share", "/.local/state", "/.local/lib"};

bool IsBeneath(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         (directory.ends_with('/') || path[directory.size()] == '/');
}

std::string_view ParentOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view FirstComponents(std::string_view path, size_t count) {
  size_t end = 0;
  while (count-- > 0 && end < path.size()) end = std::min(path.find('/', end + 1), path.size());
  return path.substr(0, end);
}

// Too much lies beneath it for one yes: the home, what is above it and other people's, a directory in which all
// applications keep theirs, a directory right under the root.
bool IsTooWide(std::string_view directory, const LadderContext& context) {
  if (std::count(directory.begin(), directory.end(), '/') < 2) return true;
  if (context.home.empty()) return false;
  if (directory == context.home || IsBeneath(context.home, directory)) return true;
  if (ParentOf(directory) == ParentOf(context.home)) return true;
  return std::any_of(kApplicationParents.begin(), kApplicationParents.end(),
                     [&](std::string_view parent) { return directory == Cat(context.home, parent); });
}

// "~/.cache/x" of "~/.cache/x/y/z", "~/.x" of "~/.x/y", the workspace of what lies in it; empty for others.
std::string ApplicationDirectory(std::string_view path, const LadderContext& context) {
  if (!context.workspace.empty() && IsBeneath(path, context.workspace)) return context.workspace;
  if (context.home.empty() || !IsBeneath(path, context.home)) return {};
  const std::string_view below = path.substr(context.home.size());
  std::string_view parent;
  for (const std::string_view candidate : kApplicationParents) {
    if (IsBeneath(below, candidate) && candidate.size() > parent.size()) parent = candidate;
  }
  const auto depth = static_cast<size_t>(std::count(parent.begin(), parent.end(), '/'));
  if (parent.empty() && !below.starts_with("/.")) return {};
  return Cat(context.home, FirstComponents(below, depth + 1));
}

std::vector<Scope> FileLadder(FileUse use, const std::string& path, bool is_directory, Risk risk,
                              const LadderContext& context) {
  std::vector<Scope> ladder = {FileScope{.use = use, .path = path}};
  if (risk != Risk::kOrdinary) return ladder;
  const auto offer_tree = [&](std::string_view directory) {
    if (directory.empty() || IsTooWide(directory, context)) return;
    FileScope scope{.use = use, .path = std::string(directory), .tree = true};
    if (!is_directory && directory == path) return;
    if (std::find(ladder.begin(), ladder.end(), Scope(scope)) == ladder.end()) ladder.emplace_back(std::move(scope));
  };
  offer_tree(is_directory ? std::string_view(path) : ParentOf(path));
  const std::string application = ApplicationDirectory(path, context);
  // The folder can be above the application's directory only where it is too wide to be offered.
  offer_tree(application);
  return ladder;
}

struct LadderVisitor {
  Risk risk;
  const LadderContext& context;

  std::vector<Scope> operator()(const FileOperation& file) const {
    const FileUse use = file.action == FileAction::kRead ? FileUse::kRead : FileUse::kWrite;
    return FileLadder(use, file.path, file.is_directory, risk, context);
  }

  std::vector<Scope> operator()(const ExecOperation& exec) const {
    std::vector<Scope> ladder = FileLadder(FileUse::kExec, exec.path, false, risk, context);
    // A yes for a directory is no yes for the interpreter that a script in it names.
    if (!exec.interpreter.empty()) {
      std::erase_if(ladder, [&](const Scope& scope) {
        const auto& file = std::get<FileScope>(scope);
        return file.tree && !IsBeneath(exec.interpreter, file.path);
      });
    }
    return ladder;
  }

  std::vector<Scope> operator()(const NetOperation& net) const {
    const auto names = JudgedNames(net);
    const bool listen = IsListening(net);
    const std::string host = names.empty() ? JudgedAddress(net).ToString() : std::string(WithoutRootDot(names.front()));
    std::vector<Scope> ladder = {HostScope{.host = host, .port = net.port, .listen = listen}};
    if (risk == Risk::kEscape || risk == Risk::kSecret) return ladder;
    if (net.port != 0) ladder.emplace_back(HostScope{.host = host, .listen = listen});
    if (names.empty()) return ladder;
    std::string domain = RegistrableDomain(host);
    if (!domain.empty()) {
      ladder.emplace_back(HostScope{.host = std::move(domain), .subdomains = true, .port = net.port});
    }
    return ladder;
  }

  std::vector<Scope> operator()(const UnixSocketOperation& socket) const {
    const bool makes_file = socket.action == UnixAction::kBind && !socket.name.starts_with('@');
    if (makes_file) return FileLadder(FileUse::kWrite, socket.name, false, risk, context);
    return {UnixScope{.name = socket.name}};
  }

  std::vector<Scope> operator()(const ProcessOperation&) const { return {}; }
};

}  // namespace

std::vector<Scope> LadderFor(const Operation& operation, Risk risk, const LadderContext& context) {
  return std::visit(LadderVisitor{.risk = risk, .context = context}, operation);
}

}  // namespace usher
