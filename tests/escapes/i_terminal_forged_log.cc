// A file name that holds a line break and a whole line of the log, an escape sequence that would copy to the clipboard (OSC
// 52), and a right-to-left mark: what is refused is written down, and shown to people.

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr char kForged[] = "x\n{\"n\":1,\"type\":\"run.end\",\"exit\":0}\n\x1b]52;c;b3duZWQ=\a\x1b[2Jfine\u202e\r";

int Attack(const World& world) {
  close(open((world.home() + "/" + kForged).c_str(), O_WRONLY));
  const std::string program = world.work() + "/" + kForged;
  Spill(program, "#!/bin/sh\n");
  if (fork() == 0) execl(program.c_str(), kForged, kForged, nullptr);
  return 0;
}

// In the log a record is a line of JSON, and the receipt is shown to people as it is.
bool Escaped(Outside& outside) {
  bool escaped = false, seen = false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(outside.world().home() + "/.local/state/usher")) {
    if (!entry.is_regular_file()) continue;
    const std::string text = outside.Read(entry.path());
    seen |= text.find("b3duZWQ") != std::string::npos;
    escaped |= text.find_first_of("\x1b\r\a") != std::string::npos || text.find("\u202e") != std::string::npos ||
               text.find("\n{\"n\":1,\"type\":\"run.end\"") != std::string::npos;
  }
  return escaped || !seen;
}

USHER_ESCAPE({.name = "i_terminal_forged_log", .row = "I: escape sequences and newlines in names; forged log line",
              .attack = &Attack, .escaped = &Escaped, .needs_usher = "without Usher there is no log"});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
