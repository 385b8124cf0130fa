#include "bench/work/peers.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "policies/text.h"

namespace usher::bench {
namespace {

using Words = std::vector<std::string>;

Words With(Words head, const Words& command) {
  head.insert(head.end(), command.begin(), command.end());
  return head;
}

// Each peer gets what comes nearest to Usher's default: the system to read, the workspace to write, the rest out of
// reach; the network where a switch is needed for it. None of them judges single calls; what they enforce is not the
// same.
constexpr Peer kPeers[] = {
    {"native", "", [](const World&, const std::string&, const Words& command) { return command; }},
    {"usher", "",
     [](const World& world, const std::string& workspace, const Words& command) {
       return With({world.usher(), "run", "-q", "--unattended", "--workspace", workspace, "--"}, command);
     }},
    {"usher, gate", "",
     [](const World& world, const std::string& workspace, const Words& command) {
       return With({world.usher(), "run", "-q", "--gate=workspace", "--unattended", "--workspace", workspace, "--"},
                   command);
     }},
    {"usher, log reads", "",
     [](const World& world, const std::string& workspace, const Words& command) {
       return With({world.usher(), "run", "-q", "--unattended", "--workspace", workspace, "--policy",
                    world.root() + "/log-reads.toml", "--"},
                   command);
     }},
    {"bubblewrap", "bwrap",
     [](const World& world, const std::string&, const Words& command) {
       return With({"bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run", "--bind",
                    world.root(), world.root(), "--unshare-pid", "--die-with-parent", "--"},
                   command);
     }},
    {"firejail", "firejail",
     [](const World& world, const std::string&, const Words& command) {
       return With({"firejail", "--quiet", "--noprofile", "--seccomp", "--caps.drop=all", Concat("--read-only=/usr"),
                    "--noroot", Concat("--whitelist=", world.root()), "--"},
                   command);
     }},
    {"proot", "proot", [](const World&, const std::string&, const Words& command) { return With({"proot"}, command); }},
    {"strace --seccomp-bpf", "strace",
     [](const World&, const std::string&, const Words& command) {
       return With({"strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=%file,%network,execve"}, command);
     }},
    {"nsjail", "nsjail",
     [](const World& world, const std::string&, const Words& command) {
       return With({"nsjail", "-Mo", "-Q", "-R", "/", "-B", world.root(), "--disable_rlimits", "--"}, command);
     }},
    {"runsc", "runsc",
     [](const World&, const std::string&, const Words& command) {
       return With({"runsc", "--rootless", "--network=none", "do"}, command);
     }},
    {"srt", "srt", [](const World&, const std::string&, const Words& command) { return With({"srt"}, command); }},
    {"sandlock", "sandlock",
     [](const World& world, const std::string&, const Words& command) {
       return With({"sandlock", "run", "-r", "/", "-w", world.root(), "--"}, command);
     }},
    {"nono", "nono",
     [](const World& world, const std::string&, const Words& command) {
       return With({"nono", "run", "--allow", world.root(), "--"}, command);
     }},
    {"codex sandbox", "codex",
     [](const World&, const std::string&, const Words& command) {
       return With({"codex", "sandbox", "linux", "--"}, command);
     }},
};

}  // namespace

std::span<const Peer> Peers() { return kPeers; }

void WritePolicies(const World& world, std::string_view files) {
  const std::string text = Concat("version = 1\nname = \"bench\"\n[files]\n", files, "\n");
  const std::filesystem::path own = world.home() + "/.config/usher/policy.toml";
  std::error_code ignored;
  std::filesystem::remove(own, ignored);
  if (!files.empty()) {
    std::filesystem::create_directories(own.parent_path(), ignored);
    std::ofstream(own) << text;
  }
  std::ofstream(world.root() + "/log-reads.toml") << text << "[log]\nreads = true\n";
}

bool IsInstalled(std::string_view program) {
  const char* path = std::getenv("PATH");
  for (const std::string_view directory : Split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
    if (access(Concat(directory, "/", program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace usher::bench
