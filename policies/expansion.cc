#include "policies/expansion.h"

#include <algorithm>
#include <array>

#include "policies/escape.h"
#include "policies/parser.h"
#include "policies/path_pattern.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMaxPattern = 4096;

struct SocketName {
  std::string_view name;
  std::string_view entry;
  Risk risk = Risk::kEscape;
};

// Where the well-known doors stand, one row a place.
constexpr SocketName kSocketNames[] = {
    {"containerd", "/run/containerd"},
    {"dbus-session", "$RUN/bus"},
    {"dbus-session", "$RUN/dbus-1"},
    {"dbus-session", "$RUN/at-spi"},
    {"dbus-session", "/tmp/dbus-*"},
    {"dbus-session", "@/tmp/dbus-*"},
    {"dbus-system", "/run/dbus"},
    {"dbus-system", "/var/run/dbus"},
    {"docker", "/run/docker.sock"},
    {"docker", "/var/run/docker.sock"},
    {"docker", "/run/docker"},
    {"docker", "$RUN/docker.sock"},
    {"docker", "$RUN/docker"},
    {"docker", "~/.docker"},
    {"docker", "~/.colima"},
    {"docker", "~/.orbstack"},
    {"docker", "~/.rd"},
    {"gpg-agent", "$RUN/gnupg"},
    {"gpg-agent", "~/.gnupg"},
    {"journal", "/run/systemd/journal", Risk::kOrdinary},
    {"journal", "/dev/log", Risk::kOrdinary},
    {"keyring", "$RUN/keyring"},
    {"keyring", "$RUN/p11-kit"},
    {"keyring", "$RUN/kwallet5.socket"},
    {"libvirt", "/run/libvirt"},
    {"libvirt", "/var/run/libvirt"},
    {"libvirt", "$RUN/libvirt"},
    {"lxd", "/var/lib/lxd/unix.socket"},
    {"lxd", "/var/snap/lxd/common/lxd/unix.socket"},
    {"lxd", "/var/lib/incus/unix.socket"},
    {"lxd", "/run/incus"},
    {"nscd", "/run/nscd", Risk::kOrdinary},
    {"nscd", "/var/run/nscd", Risk::kOrdinary},
    {"pipewire", "$RUN/pipewire-*"},
    {"podman", "/run/podman"},
    {"podman", "$RUN/podman"},
    {"pulseaudio", "$RUN/pulse"},
    {"pulseaudio", "/tmp/pulse-*"},
    {"pulseaudio", "~/.config/pulse"},
    {"resolved", "/run/systemd/resolve", Risk::kOrdinary},
    {"screen", "/run/screen"},
    {"screen", "/var/run/screen"},
    {"screen", "/tmp/screens"},
    {"screen", "$RUN/screen"},
    {"screen", "~/.screen"},
    {"ssh-agent", "/tmp/ssh-*"},
    {"ssh-agent", "$RUN/ssh-agent*"},
    {"ssh-agent", "$RUN/openssh_agent"},
    {"ssh-agent", "$RUN/keyring/ssh"},
    {"ssh-agent", "$RUN/gcr"},
    {"ssh-agent", "$RUN/gnupg/S.gpg-agent.ssh"},
    {"ssh-agent", "~/.ssh"},
    {"ssh-agent", "~/.1password/agent.sock"},
    {"systemd-user", "$RUN/systemd"},
    {"systemd-user", "/run/systemd/private"},
    {"systemd-user", "/run/systemd/notify"},
    {"systemd-user", "/run/systemd/io.system.ManagedOOM"},
    {"tmux", "/tmp/tmux-*"},
    {"tmux", "$RUN/tmux-*"},
    {"vscode-ipc", "$RUN/vscode-*"},
    {"vscode-ipc", "/tmp/vscode-*"},
    {"vscode-ipc", "~/.vscode-server"},
    {"vscode-ipc", "~/.config/Code"},
    {"wayland", "$RUN/wayland-*"},
    {"wayland", "/tmp/wayland-*"},
    {"x11", "/tmp/.X11-unix"},
    {"x11", "@/tmp/.X11-unix/*"},
    {"x11", "/tmp/.ICE-unix"},
    {"x11", "@/tmp/.ICE-unix/*"},
};

std::string WithoutSlash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return QuotePattern(path);
}

// Each directory above the workspace and above the home, and what is private to the run: themselves, not what is in
// them.
std::vector<std::string> Parents(const PolicyContext& context) {
  std::vector<std::string> parents;
  for (std::string_view path :
       {std::string_view(context.workspace), std::string_view(context.home), std::string_view(context.temporary)}) {
    for (size_t slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/')) {
      path = path.substr(0, slash);
      std::string pattern = Cat(QuotePattern(path), "/.");
      if (std::find(parents.begin(), parents.end(), pattern) == parents.end()) parents.push_back(std::move(pattern));
    }
  }
  return parents;
}

absl::Status BadPattern(std::string_view text) {
  return absl::InvalidArgumentError(Cat(
      "\"", Escape(text),
      "\" is not a path pattern; write a path without \"..\", with \"*\" or \"?\" for a part of a name and \"**\" for "
      "any depth, as in \"**/*.key\" (a pattern covers what lies beneath it, so none ends in \"**/*\")"));
}

// The token of "$TMP/x" or "~/x", that is all up to the first slash.
std::string_view TokenOf(std::string_view text) { return text.substr(0, text.find('/')); }

}  // namespace

absl::StatusOr<std::vector<std::string>> ExpandPath(std::string_view text, const PolicyContext& context) {
  if (text.empty() || text.size() > kMaxPattern || text.find('\0') != std::string_view::npos) return BadPattern(text);
  const std::string_view token = TokenOf(text);
  const std::string_view rest = text.substr(token.size());
  std::string pattern;
  if (token.empty()) {
    pattern = text;
  } else if (token == "**") {
    pattern = Cat("/", text);
  } else if (text == "$PARENTS") {
    return Parents(context);
  } else {
    const std::string* root = &context.workspace;
    std::string below = Cat("/", text);
    if (token == ".") below = rest;
    if (token.front() == '~' || token.front() == '$') {
      below = rest;
      if (token == "~") {
        root = &context.home;
      } else if (token == "$TMP") {
        root = &context.temporary;
      } else if (token == "$RUN") {
        root = &context.runtime;
      } else {
        return absl::InvalidArgumentError(
            Cat("\"", Escape(token), "\" is no short form; there are \".\", \"~\", \"$TMP\", \"$RUN\" and ",
                "\"$PARENTS\" (which stands alone); a name that begins so is written \"./", Escape(token), "\""));
      }
    }
    if (root->empty()) return std::vector<std::string>();
    pattern = Cat(WithoutSlash(*root), below);
    if (pattern.empty()) pattern.push_back('/');
  }
  if (!PathPattern::Parse(pattern)) return BadPattern(text);
  return std::vector<std::string>{std::move(pattern)};
}

absl::StatusOr<SocketPatterns> ExpandSocket(std::string_view text, const PolicyContext& context) {
  SocketPatterns result;
  if (text.starts_with('@')) {
    if (text.size() == 1)
      return absl::InvalidArgumentError("\"@\" lacks the abstract name; write \"@/tmp/.X11-unix/*\"");
    result.patterns.emplace_back(text);
    return result;
  }
  if (text.find_first_of("/~$.*") != std::string_view::npos) {
    absl::StatusOr<std::vector<std::string>> paths = ExpandPath(text, context);
    if (!paths.ok()) return paths.status();
    result.patterns = *std::move(paths);
    return result;
  }
  bool known = false;
  for (const SocketName& row : kSocketNames) {
    if (row.name != text) continue;
    known = true;
    result.risk = row.risk;
    if (row.entry.starts_with('@')) {
      result.patterns.emplace_back(row.entry);
      continue;
    }
    absl::StatusOr<std::vector<std::string>> paths = ExpandPath(row.entry, context);
    if (!paths.ok()) return paths.status();
    result.patterns.insert(result.patterns.end(), paths->begin(), paths->end());
  }
  if (known) return result;
  const std::string nearest = NearestWord(text, WellKnownSockets());
  return absl::InvalidArgumentError(
      Cat("\"", Escape(text), "\" is no known socket; ",
          nearest.empty() ? Cat("known are ", ListOf(WellKnownSockets()), "; or give a path or \"@name\"")
                          : Cat("did you mean \"", nearest, "\"?")));
}

HostPattern PatternOfNameServer(const IpAddress& server) {
  const IpAddress address = server.Normalised();
  return {.kind = HostPattern::Kind::kRange,
          .range = {.base = address, .prefix = address.v6 ? 128 : 32},
          .port_low = 53,
          .port_high = 53};
}

std::vector<std::string_view> WellKnownSockets() {
  std::vector<std::string_view> names;
  for (const SocketName& row : kSocketNames) {
    if (names.empty() || names.back() != row.name) names.push_back(row.name);
  }
  return names;
}

}  // namespace usher
