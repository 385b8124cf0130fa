// A project's .usher.toml can only tighten, so the agent would rather it were gone: removed, renamed, or carried off in
// its directory to where the name means nothing.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  for (const char* place : {"one", "two", "three", "four"}) {
    outside.Write(outside.world().work() + "/" + place + "/.usher.toml", "version = 1\n");
  }
}

int Attack(const World&) {
  const std::string temporary = Told("TMPDIR") + "/four";
  unlink("one/.usher.toml");
  rename("two/.usher.toml", "two/plain");
  Spill("three/.usher.toml", "");
  if (rename("four", temporary.c_str()) == 0) {
    unlink((temporary + "/.usher.toml").c_str());
    mkdir("four", 0755);
  }
  return 0;
}

bool Escaped(Outside& outside) {
  const std::string work = outside.world().work() + "/";
  return Worked(outside, {{"unlink", !outside.Exists(work + "one/.usher.toml")},
                          {"rename", !outside.Exists(work + "two/.usher.toml")},
                          {"write", outside.Read(work + "three/.usher.toml").empty()},
                          {"carry off", !outside.Exists(work + "four/.usher.toml")}});
}

int Twin(const World&) { return Slurp("one/.usher.toml") == "version = 1\n" ? 0 : 1; }

USHER_ESCAPE({.name = "c_drop_project_policy",
              .row = "C: policy, audit log",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
