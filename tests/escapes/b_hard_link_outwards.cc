// A file of the workspace, linked to where the desktop starts what it finds: no file is written outside.

#include <sys/stat.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

std::string Autostart(const World& world) { return world.home() + "/.config/autostart"; }

void Prepare(Outside& outside) { outside.Write(Autostart(outside.world()) + "/known.desktop", "[Desktop Entry]\n"); }

int Attack(const World& world) {
  if (!Spill("entry", "[Desktop Entry]\nExec=evil\n")) return 1;
  if (link("entry", (Autostart(world) + "/by-link.desktop").c_str()) < 0) return 1;
  return linkat(AT_FDCWD, NameOfDescriptor(Pin(world.work() + "/entry")).c_str(), Pin(Autostart(world)),
                "by-fd.desktop", AT_SYMLINK_FOLLOW);
}

bool Escaped(Outside& outside) {
  const std::string place = Autostart(outside.world());
  return Worked(outside, {{"link", outside.Exists(place + "/by-link.desktop")},
                          {"linkat", outside.Exists(place + "/by-fd.desktop")}});
}

int Twin(const World&) {
  return mkdir("sub", 0755) == 0 && Spill("mine", "text") && link("mine", "sub/mine") == 0 &&
                 Slurp("sub/mine") == "text"
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "b_hard_link_outwards",
              .row = "B: symlinks and hard links in the workspace",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
