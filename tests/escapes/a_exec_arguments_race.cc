// The path stays, an argument turns after it was judged, shown and logged: the log tells of another command than ran.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Every try says a number of its own if it says anything, so that the log can be asked about each.
int Attack(const World& world) {
  const int loot = OpenLoot(world);
  int number = 0;
  char script[32], shell[] = "sh", option[] = "-c";
  char* const argv[] = {shell, option, script, nullptr};
  return KeepTrying([&] {
    std::snprintf(script, sizeof(script), " echo %d", ++number);
    volatile char* byte = script;
    const Meanwhile turning([&](unsigned i) { *byte = i % 2 == 0 ? ':' : ' '; });  // ":echo" is no command
    Run(loot, "/bin/sh", argv);
    return number >= 300;
  })
             ? 0
             : 1;
}

std::string LogsOf(const World& world) {
  std::stringstream text;
  std::error_code none;
  for (const auto& file : std::filesystem::recursive_directory_iterator(world.home() + "/.local/state/usher", none)) {
    if (file.path().filename() == "events.jsonl") text << std::ifstream(file.path()).rdbuf();
  }
  return text.str();
}

bool SaidWhatIsNotLogged(Outside& outside) {
  const std::string log = LogsOf(outside.world());
  std::stringstream said(outside.Read(outside.world().loot()));
  for (std::string line; std::getline(said, line);) {
    if (log.find("\" echo " + line + "\"") == std::string::npos) return true;
  }
  return false;
}

int Twin(const World& world) {
  char shell[] = "sh", option[] = "-c", script[] = "echo the allowed program ran", empty[] = "";
  char* const argv[] = {shell, option, script, empty, empty, nullptr};
  return Run(OpenLoot(world), "/bin/sh", argv), AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "a_exec_arguments_race",
              .row = "A: exec argv",
              .attack = &Attack,
              .escaped = &SaidWhatIsNotLogged,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
