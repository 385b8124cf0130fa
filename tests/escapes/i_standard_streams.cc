// /dev/stdin and its like are links to whoever opens them: by the supervisor, they are the supervisor's own. Here one
// is a file of the person's that only the one who starts the sandbox has open.

#include <fcntl.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int opened = -1;

void Prepare(Outside& outside) {
  outside.Write(outside.world().home() + "/ledger", "as it was\n");
  opened = open((outside.world().home() + "/ledger").c_str(), O_RDWR | O_APPEND);
  outside.Tell("LEDGER", std::to_string(opened));
}

int Attack(const World&) {
  const std::string number = Told("LEDGER");
  for (const std::string place : {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", "../../../dev/fd/"}) {
    SpillDescriptor(open((place + number).c_str(), O_WRONLY | O_APPEND), "entered\n");
  }
  return 0;
}

bool Escaped(Outside& outside) {
  close(opened);
  return outside.Read(outside.world().home() + "/ledger") != "as it was\n";
}

int Twin(const World&) {
  int ends[2];
  if (pipe(ends) < 0 || dup2(ends[1], 1) < 0) return 1;
  if (!SpillDescriptor(open("/dev/stdout", O_WRONLY | O_APPEND), "said\n")) return 2;
  if (!SpillDescriptor(open("/dev/fd/1", O_WRONLY), "twice\n")) return 3;
  return SlurpDescriptor(ends[0]) == "said\ntwice\n" ? 0 : 4;
}

USHER_ESCAPE({.name = "i_standard_streams",
              .row = "B: inherited descriptor, cwd",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
