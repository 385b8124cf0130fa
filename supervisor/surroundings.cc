#include "supervisor/surroundings.h"

#include <pwd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <optional>

#include "policies/text.h"
#include "supervisor/cli/state_paths.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string RealPath(const std::string& path) {
  char buffer[PATH_MAX];
  return realpath(path.c_str(), buffer) == nullptr ? std::string() : std::string(buffer);
}

// A path that may be relative to a directory.
std::string From(const std::string& directory, std::string_view path) {
  return path.rfind('/', 0) == 0 ? std::string(path) : Concat(directory, "/", path);
}

bool Exists(const std::string& path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0;
}

bool IsDirectory(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The line of /etc/passwd with this user id. Read by hand: getpwuid(3) would load NSS modules into a static program.
struct PasswdEntry {
  std::string name, home;
};
PasswdEntry PasswdEntryOf(uid_t uid) {
  const std::string text = ReadFile("/etc/passwd").value_or("");
  for (const std::string_view line : Split(text, '\n')) {
    const std::vector<std::string_view> fields = Split(line, ':');
    uid_t id = 0;
    if (fields.size() >= 6 && ParseNumber(fields[2], &id) && id == uid) {
      return {std::string(fields[0]), std::string(fields[5])};
    }
  }
  return {Concat("uid ", uid), ""};
}

std::string HostDescription() {
  utsname names{};
  uname(&names);
  std::string distribution = "Linux";
  const std::string release = ReadFile("/etc/os-release").value_or("");
  constexpr std::string_view kPretty = "PRETTY_NAME=\"";
  for (const std::string_view line : Split(release, '\n')) {
    if (line.substr(0, kPretty.size()) == kPretty && line.size() > kPretty.size()) {
      distribution = std::string(line.substr(kPretty.size(), line.size() - kPretty.size() - 1));
    }
  }
  return Concat(distribution, ", Linux ", names.release, " ", names.machine);
}

// The repository around a directory, or empty.
std::string RepositoryAround(std::string directory) {
  while (directory.size() > 1) {
    if (Exists(Concat(directory, "/.git"))) return directory;
    directory.resize(std::max<size_t>(directory.rfind('/'), 1));
  }
  return "";
}

bool Contains(const std::string& directory, const std::string& path) {
  return path == directory || directory == "/" || path.rfind(Concat(directory, "/"), 0) == 0;
}

// The canonical name of a place of Usher's. The links that lead there are not to be replaced.
std::string FindOwn(const std::string& path, Surroundings& around) {
  std::vector<std::string> names = NamesOnTheWay(path);
  std::string place = std::move(names.back());
  names.pop_back();
  around.own_links.insert(around.own_links.end(), names.begin(), names.end());
  return place;
}

}  // namespace

std::string SharedGitOf(const std::string& workspace) {
  const auto text = ReadFile(Concat(workspace, "/.git"), 4096);
  constexpr std::string_view kKey = "gitdir: ";
  if (!text.ok() || text->rfind(kKey, 0) != 0) return "";
  const std::string_view named = Split(*text, '\n').front().substr(kKey.size());
  if (named.empty()) return "";
  const std::string own = RealPath(From(workspace, named));
  const size_t at = own.rfind("/worktrees/");
  if (at == std::string::npos) return "";
  // Both ends must point at each other: a ".git" file alone could name any directory.
  const auto back = ReadFile(Concat(own, "/gitdir"), 4096);
  if (!back.ok() || RealPath(From(own, Split(*back, '\n').front())) != Concat(workspace, "/.git")) return "";
  return own.substr(0, at);
}

std::vector<IpAddress> NameServersIn(std::string_view resolv_conf) {
  std::vector<IpAddress> servers;
  for (const std::string_view line : Split(resolv_conf, '\n')) {
    std::string tidy(line);
    for (char& c : tidy) {
      if (c == '\t') c = ' ';
    }
    const std::vector<std::string_view> words = SplitSkipEmpty(tidy, ' ');
    if (words.size() < 2 || words[0] != "nameserver") continue;
    const std::string_view bare = words[1].substr(0, words[1].find('%'));
    if (const auto address = IpAddress::Parse(bare)) servers.push_back(address->Normalised());
  }
  if (servers.empty()) servers.push_back(IpAddress::V4({127, 0, 0, 1}));  // resolv.conf(5): the default
  return servers;
}

absl::StatusOr<Surroundings> LookAround(const std::string& workspace) {
  Surroundings around;
  const PasswdEntry entry = PasswdEntryOf(getuid());
  around.user = entry.name;
  around.home = RealPath(Variable("HOME").value_or(entry.home));
  around.directory = RealPath(".");
  if (around.directory.empty()) {
    return absl::FailedPreconditionError("the current directory is gone; cd to one that exists and try again");
  }
  if (!workspace.empty()) {
    around.workspace = RealPath(workspace);
    if (!IsDirectory(around.workspace)) {
      return absl::NotFoundError(Concat("--workspace ", workspace, ": no such directory; name one that exists"));
    }
  } else {
    around.workspace = RepositoryAround(around.directory);
    if (around.workspace.empty() || Contains(around.workspace, around.home)) around.workspace = around.directory;
    // A whole home is no workspace: everything in it would be the sandbox's to write.
    if (Contains(around.workspace, around.home)) around.workspace.clear();
  }
  if (!around.workspace.empty()) around.shared_git = SharedGitOf(around.workspace);
  // By the names that calls are judged by: one of these may be a link, and lead into the workspace.
  USHER_ASSIGN_OR_RETURN(const std::string state, StateDirectory(&Variable));
  around.state = FindOwn(state, around);
  const std::string config = Variable("XDG_CONFIG_HOME").value_or("");
  around.config =
      FindOwn(config.starts_with('/') ? Concat(config, "/usher") : Concat(around.home, "/.config/usher"), around);
  // What is no absolute path does not count (XDG Base Directory Specification).
  const std::string runtime = Variable("XDG_RUNTIME_DIR").value_or("");
  around.runtime = FindOwn(runtime.starts_with('/') ? runtime : Concat("/run/user/", getuid()), around);
  around.own_programs = NamesOnTheWay(RealPath("/proc/self/exe"));
  around.name_servers = NameServersIn(ReadFile("/etc/resolv.conf").value_or(""));
  around.host = HostDescription();
  return around;
}

}  // namespace usher
