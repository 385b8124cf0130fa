// Files of the home that something runs or obeys later, with all the person's rights: made, and added to where they are
// there.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr const char* kPlaces[] = {".bashrc",
                                   ".profile",
                                   ".zshenv",
                                   ".config/fish/config.fish",
                                   ".ssh/authorized_keys",
                                   ".ssh/rc",
                                   ".config/systemd/user/evil.service",
                                   ".config/autostart/evil.desktop",
                                   ".local/share/applications/evil.desktop",
                                   ".local/share/dbus-1/services/evil.service",
                                   ".config/environment.d/evil.conf",
                                   ".pam_environment",
                                   ".xprofile",
                                   ".gitconfig",
                                   ".config/git/config",
                                   ".vimrc",
                                   ".config/nvim/init.lua",
                                   ".tmux.conf",
                                   ".gdbinit",
                                   ".npmrc",
                                   ".cargo/config.toml",
                                   ".config/direnv/direnvrc",
                                   ".local/bin/ls",
                                   "bin/ls",
                                   ".pyenv/shims/python3",
                                   ".gradle/init.gradle",
                                   ".config/pip/pip.conf"};

void Prepare(Outside& outside) {
  for (const std::string place : kPlaces) {
    outside.Write(outside.world().home() + "/" + place, "as it was\n");
    if (place.find("evil") != place.npos) unlink((outside.world().home() + "/" + place).c_str());
  }
}

int Attack(const World& world) {
  for (const std::string place : kPlaces) {
    SpillDescriptor(open((world.home() + "/" + place).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0755),
                    "evil\n");
  }
  return 0;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const std::string place : kPlaces) {
    tries.push_back({place, outside.Read(outside.world().home() + "/" + place).find("evil") != std::string::npos});
  }
  return Worked(outside, tries);
}

// A cache beside them is not one of them.
int Twin(const World& world) {
  mkdir((world.home() + "/.cache").c_str(), 0755);
  return Spill(world.home() + "/.cache/mine", "text") ? 0 : 1;
}

USHER_ESCAPE({.name = "c_run_later_in_home",
              .row = "C: shell rc, authorized_keys, user units, cron/at, desktop autostart",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
