// What the built-in policy says of an ordinary day, and of a bad one.

#include <gtest/gtest.h>

#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

class DeveloperTest : public testing::Test {
 protected:
  void Expect(const Operation& operation, Verdict verdict, Risk risk = Risk::kOrdinary) {
    const Decision decision = rules_.Decide(operation);
    EXPECT_EQ(decision.verdict, verdict) << KindOf(operation) << " " << ObjectOf(operation) << " by " << decision.rule;
    if (verdict != Verdict::kAllow) {
      EXPECT_EQ(decision.risk, risk) << KindOf(operation) << " " << ObjectOf(operation) << " by " << decision.rule;
    }
  }

  const Ruleset rules_ = Developer();
  const std::string at_ = "/home/me/src/shop/";
  const std::string home_ = "/home/me/";
};

TEST_F(DeveloperTest, OrdinaryReadingAsksNothing) {
  for (const char* path : {"/usr/lib/x86_64-linux-gnu/libc.so.6",
                           "/lib64/ld-linux-x86-64.so.2",
                           "/etc/passwd",
                           "/etc/resolv.conf",
                           "/etc/ld.so.cache",
                           "/etc/ssl/certs/ca-certificates.crt",
                           "/usr/lib/python3/dist-packages/certifi/cacert.pem",
                           "/etc/ssh/ssh_config",
                           "/etc/ssh/ssh_host_rsa_key.pub",
                           "/proc/self/maps",
                           "/proc/meminfo",
                           "/proc/41/stat",
                           "/sys/devices/system/cpu/online",
                           "/sys/fs/cgroup/cpu.max",
                           "/dev/null",
                           "/dev/urandom",
                           "/dev/tty",
                           "/dev/shm",
                           "/run/systemd/resolve/stub-resolv.conf",
                           "/",
                           "/home",
                           "/home/me",
                           "/home/me/src",
                           "/tmp",
                           "/tmp/usher-7f3a/x",
                           "/home/me/src/shop",
                           "/home/me/src/shop/tests/cert.pem",
                           "/home/me/src/shop/node_modules/tls/test/server.key",
                           "/home/me/src/shop/node_modules/bottleneck/.env",
                           "/home/me/src/shop/.env.example",
                           "/home/me/src/shop/.env.sample",
                           "/home/me/src/shop/.env.template",
                           "/home/me/src/shop/.git/config",
                           "/home/me/src/shop/.venv/lib/python3.11/site-packages/x/id_rsa",
                           "/home/me/.bashrc",
                           "/home/me/.profile",
                           "/home/me/.zshrc",
                           "/home/me/.inputrc",
                           "/home/me/.terminfo/x/xterm",
                           "/home/me/.vimrc",
                           "/home/me/.vim/autoload/x.vim",
                           "/home/me/.config/nvim/init.lua",
                           "/home/me/.tmux.conf",
                           "/home/me/.gdbinit",
                           "/home/me/.config/gdb/gdbinit",
                           "/home/me/.gitconfig",
                           "/home/me/.config/git/config",
                           "/home/me/.config/git/ignore",
                           "/home/me/.cargo/bin/cargo",
                           "/home/me/.rustup/settings.toml",
                           "/home/me/.pyenv/shims/python",
                           "/home/me/.nvm/nvm.sh",
                           "/home/me/.local/bin/uv",
                           "/home/me/.local/lib/python3.11/site-packages/x.py",
                           "/home/me/.cache/pip/x",
                           "/home/me/.npm/_cacache/index",
                           "/home/me/.npm/anything",
                           "/home/me/.m2/repository/x.jar",
                           "/home/me/.cargo/registry/x",
                           "/home/me/go/pkg/mod/x",
                           "/home/me/.gradle/caches/x",
                           "/home/me/.config",
                           "/home/me/.cargo"}) {
    Expect(Read(path), Verdict::kAllow);
  }
}

TEST_F(DeveloperTest, OrdinaryWritingAsksNothing) {
  for (const char* path : {"main.c", "tests/cert.pem", "node_modules/x/index.js", "node_modules/bottleneck/.env",
                           "node_modules/x/.vscode/settings.json", ".git/index.lock", ".git/HEAD",
                           ".git/refs/heads/main", ".git/config.lock", ".git/hooks/pre-commit.sample",
                           ".git/worktrees/fix/HEAD", ".git/worktrees/fix/index", ".git/objects/aa/bb", ".env.example",
                           "README.md", ".gitignore", ".github/ISSUE_TEMPLATE.md", ".claude/notes.md"}) {
    Expect(Write(at_ + path), Verdict::kAllow);
  }
  for (const char* path :
       {".cache/pip/x", ".npm/_cacache/tmp/git-clone/.git/config", ".npm/_logs/x", ".cargo/registry/x",
        ".cargo/git/checkouts/a/b/.git/config", "go/pkg/mod/cache/x", ".m2/repository/x", ".gradle/caches/x",
        ".cache/pre-commit/repo/.git/hooks/x", ".cargo/.package-cache"}) {
    Expect(Write(home_ + path), Verdict::kAllow);
  }
  for (const char* path :
       {"/tmp/usher-7f3a/repo/.git/hooks/pre-commit", "/tmp/usher-7f3a/.env", "/dev/null", "/dev/tty", "/dev/ptmx",
        "/proc/41/oom_score_adj", "/proc/41/comm", "/proc/41/task/42/comm", "/proc/41/mem"}) {
    Expect(Write(path), Verdict::kAllow);
  }
  Expect(MakeDirectory(at_ + ".git"), Verdict::kAllow);
  Expect(MakeDirectory(at_ + "sub/.git/hooks"), Verdict::kAllow);
  Expect(MoveDirectory(at_ + "lib"), Verdict::kAllow);
}

TEST_F(DeveloperTest, OrdinaryProgramsRun) {
  for (const char* path :
       {"/usr/bin/git", "/bin/sh", "/opt/tool/bin/x", "/nix/store/x/bin/y", "/tmp/usher-7f3a/a.out"}) {
    Expect(Exec(path), Verdict::kAllow);
  }
  for (const char* path : {".cargo/bin/cargo", ".rustup/toolchains/x/bin/rustc", ".pyenv/versions/3/bin/python",
                           ".nvm/versions/node/v20/bin/node", ".local/bin/uv", "go/bin/gopls",
                           ".npm/_npx/x/node_modules/.bin/y", ".cache/bazelisk/bazel", ".local/share/pnpm/pnpm"}) {
    Expect(Exec(home_ + path), Verdict::kAllow);
  }
  Expect(Exec(at_ + "build/test", "/usr/bin/env"), Verdict::kAllow);
  Expect(Exec("/home/me/Downloads/x"), Verdict::kAsk);
  Expect(Exec("/dev/shm/x"), Verdict::kDeny);
}

TEST_F(DeveloperTest, TheRestOfTheHomeAsks) {
  for (const char* path :
       {"notes.txt", "other/src/main.c", ".config/app/config", ".local/share/app/x", ".claude.json"}) {
    Expect(Read(home_ + path), Verdict::kAsk);
    Expect(Write(home_ + path), Verdict::kAsk);
  }
  for (const char* path : {"/tmp/x", "/var/tmp/x", "/srv/x", "/home/you/x", "/data/x"}) {
    Expect(Read(path), Verdict::kAsk);
    Expect(Write(path), Verdict::kAsk);
  }
  Expect(Write("/home/me/src"), Verdict::kAsk);
}

TEST_F(DeveloperTest, InSharedDirectoriesItsOwnIsFree) {
  for (const char* path : {"/tmp/x", "/var/tmp/x", "/dev/shm/sem.x"}) {
    for (FileOperation file : {Read(path), Write(path)}) {
      Expect(file, Verdict::kAsk);
      file.made_inside = true;
      Expect(file, Verdict::kAllow);
    }
  }
}

TEST_F(DeveloperTest, SecretsLookAbsent) {
  for (const char* path : {".ssh/id_ed25519",
                           ".ssh/config",
                           ".gnupg/pubring.kbx",
                           ".aws/credentials",
                           ".config/gcloud/x",
                           ".kube/config",
                           ".docker/config.json",
                           ".netrc",
                           ".npmrc",
                           ".pypirc",
                           ".config/pip/pip.conf",
                           ".git-credentials",
                           ".cargo/credentials.toml",
                           ".config/gh/hosts.yml",
                           ".bash_history",
                           ".zsh_history",
                           ".python_history",
                           ".local/share/fish/fish_history",
                           ".viminfo",
                           ".lesshst",
                           ".lesshsQ",
                           ".mozilla/firefox/x",
                           ".config/google-chrome/Default/Cookies",
                           ".cache/mozilla/x",
                           ".local/share/keyrings/x",
                           ".password-store/x.gpg",
                           ".config/Signal/x",
                           "backup/id_rsa",
                           "x.kdbx",
                           ".cache/huggingface/token"}) {
    Expect(Read(home_ + path), Verdict::kHide, Risk::kSecret);
    Expect(Write(home_ + path), Verdict::kHide, Risk::kSecret);
  }
  for (const char* path : {".env", "packages/api/.env", ".env.local", ".env.production", "deploy/id_ed25519"}) {
    Expect(Read(at_ + path), Verdict::kHide, Risk::kSecret);
  }
  for (const char* path : {"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d/x",
                           "/etc/ssh/ssh_host_ed25519_key", "/etc/ssl/private/x.key", "/proc/kcore", "/proc/kallsyms",
                           "/proc/keys", "/sys/firmware/efi/efivars", "/run/secrets/x"}) {
    Expect(Read(path), Verdict::kHide, Risk::kSecret);
  }
  Expect(Read(home_ + "server.pem"), Verdict::kAsk, Risk::kSecret);
  Expect(Read(at_ + "credentials.json"), Verdict::kAsk, Risk::kSecret);
}

TEST_F(DeveloperTest, WhatRunsLaterAsksWhereverItLies) {
  for (const char* path : {".git/hooks/pre-commit",
                           ".git/config",
                           ".git/config.worktree",
                           ".git/commondir",
                           ".git/worktrees/fix/commondir",
                           ".git/worktrees/fix/config.worktree",
                           ".gitmodules",
                           ".git/modules/lib/hooks/post-checkout",
                           "vendor/lib/.git/hooks/x",
                           ".vscode/tasks.json",
                           "packages/a/.vscode/settings.json",
                           ".idea/workspace.xml",
                           ".envrc",
                           ".claude/settings.json",
                           ".claude/settings.local.json",
                           ".claude/hooks/x",
                           ".mcp.json",
                           ".github/workflows/ci.yml",
                           ".gitlab-ci.yml",
                           ".circleci/config.yml",
                           "Jenkinsfile",
                           ".husky/pre-commit",
                           ".git",
                           ".devcontainer/devcontainer.json",
                           ".usher.toml"}) {
    Expect(Write(at_ + path), Verdict::kAsk, Risk::kRunsLater);
  }
  for (const char* path :
       {".bashrc", ".zshrc", ".profile", ".config/autostart/x.desktop", ".config/systemd/user/x.service", ".gitconfig",
        ".config/git/config", ".vimrc", ".config/nvim/init.lua", ".tmux.conf", ".local/bin/x", ".cargo/bin/x",
        ".rustup/x", ".pyenv/x", ".nvm/x", "other/.git/hooks/x"}) {
    Expect(Write(home_ + path), Verdict::kAsk, Risk::kRunsLater);
  }
  Expect(MoveDirectory(at_ + ".git"), Verdict::kAsk, Risk::kRunsLater);
  Expect(MoveDirectory(at_ + "sub/.git"), Verdict::kAsk, Risk::kRunsLater);
  Expect(MoveDirectory(at_ + ".github"), Verdict::kAsk, Risk::kRunsLater);
  Expect(MoveDirectory(at_ + ".claude"), Verdict::kAsk, Risk::kRunsLater);
}

TEST_F(DeveloperTest, DevicesAndKernelSwitchesAreShut) {
  for (const char* path : {"/dev/sda", "/dev/mem", "/dev/pts/3", "/dev/kvm", "/dev/input/event0", "/dev/uinput"}) {
    Expect(Read(path), Verdict::kDeny);
    Expect(Write(path), Verdict::kDeny);
  }
  for (const char* path : {"/proc/sys/kernel/core_pattern", "/sys/power/state", "/proc/sysrq-trigger", "/usr/bin/x",
                           "/etc/passwd", "/home/me/.pyenv/versions/3/lib/__pycache__/x.pyc"}) {
    Expect(Write(path), Verdict::kDeny);
  }
  Expect(Write(at_ + "lib/__pycache__/x.pyc"), Verdict::kAllow);
}

TEST_F(DeveloperTest, TheNetworkAsksAndMetadataServicesAreShut) {
  Expect(Connect("127.0.0.53", 53), Verdict::kAllow);
  Expect(Connect("8.8.8.8", 53), Verdict::kAsk, Risk::kNetwork);
  Expect(Connect("1.2.3.4", 443, {"registry.example"}), Verdict::kAsk, Risk::kNetwork);
  Expect(Connect("127.0.0.1", 5432), Verdict::kAsk, Risk::kNetwork);
  Expect(Connect("10.0.0.7", 443), Verdict::kAsk, Risk::kNetwork);
  for (const char* address :
       {"169.254.169.254", "fe80::1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254",
        "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42", "0.1.2.3", "224.0.0.1", "255.255.255.255", "ff02::1",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"}) {
    Expect(Connect(address, 80), Verdict::kDeny, Risk::kNetwork);
    Expect(Connect(address, 80, {"good.example"}), Verdict::kDeny, Risk::kNetwork);
  }
  Expect(Connect("1.2.3.4", 80, {"metadata.google.internal"}), Verdict::kDeny, Risk::kNetwork);
  Expect(Listen("127.0.0.1", 3000), Verdict::kAllow);
  Expect(Listen("::1", 3000), Verdict::kAllow);
  Expect(Listen("0.0.0.0", 3000), Verdict::kAsk, Risk::kNetwork);
}

TEST_F(DeveloperTest, DoorsOutOfTheSandboxAreShut) {
  for (const char* name :
       {"/run/docker.sock", "/var/run/docker.sock", "/run/user/1000/podman/podman.sock", "/tmp/ssh-abc/agent.7",
        "/run/user/1000/bus", "/run/dbus/system_bus_socket", "/run/user/1000/systemd/private", "/tmp/.X11-unix/X0",
        "@/tmp/.X11-unix/X0", "/run/user/1000/wayland-0", "/tmp/tmux-1000/default", "/run/screen/S-me/1",
        "/run/user/1000/vscode-ipc-1.sock", "/run/user/1000/gnupg/S.gpg-agent", "/run/user/1000/pipewire-0",
        "/run/unheard/of", "@unheard"}) {
    Expect(ConnectUnix(name), Verdict::kDeny, Risk::kEscape);
  }
  for (const char* name : {"/run/nscd/socket", "/run/systemd/journal/socket", "/run/systemd/journal/dev-log",
                           "/dev/log", "/run/systemd/resolve/io.systemd.Resolve"}) {
    Expect(ConnectUnix(name), Verdict::kDeny, Risk::kOrdinary);
  }
  Expect(UnixSocketOperation{.name = "/tmp/usher-7f3a/s", .made_inside = true}, Verdict::kAllow);
  Expect(UnixSocketOperation{.action = UnixAction::kBind, .name = "/tmp/usher-7f3a/s"}, Verdict::kAllow);
}

TEST_F(DeveloperTest, TheEnvironmentLosesCredentialsAndDoors) {
  for (const char* name : {"PATH", "HOME", "LANG", "TERM", "NODE_ENV", "PYTHONPATH", "NODE_OPTIONS", "GOFLAGS",
                           "EDITOR", "CI", "KEYBOARD", "MONKEY", "TOKENIZERS_PARALLELISM"}) {
    EXPECT_TRUE(rules_.PassesEnvironment(name)) << name;
  }
  for (const char* name :
       {"GITHUB_TOKEN", "GH_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "STRIPE_API_KEY", "LD_PRELOAD",
        "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_ENV", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "TMUX", "STY",
        "VSCODE_IPC_HOOK_CLI", "GPG_AGENT_INFO", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"}) {
    EXPECT_FALSE(rules_.PassesEnvironment(name)) << name;
  }
}

TEST_F(DeveloperTest, EveryRuleSaysWhereItStands) {
  for (const FileRule& rule : rules_.layers().front().files) {
    EXPECT_TRUE(rule.source.view().starts_with("builtin:developer:")) << rule.text.view();
  }
}

}  // namespace
}  // namespace usher
