// Usher is killed at random instants while everything goes on in the sandbox. Whenever it happens, nothing of the run goes on,
// and what stands on the disk is whole.

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "supervisor/audit/log.h"
#include "tests/support/box.h"

namespace usher {
namespace {

constexpr int kRounds = 200;
constexpr int kLatestInstant = 60'000;  // microseconds after the start

class KillLoopTest : public Box {
 protected:
  // Forks, opens, makes temporary files, is refused, and leaves daemons behind that would open for ever.
  static std::string BusyScript() {
    return "(setsid sh -c 'trap \"\" TERM HUP INT; while :; do : > \"$TMPDIR/daemon\"; done' &) ;"
           "while :; do (: > \"$TMPDIR/a\"; cat ../home/note) 2> /dev/null & mkdir -p \"$TMPDIR/d/e\"; : > file; wait; done";
  }

  bool EverybodyIsGone() const {
    for (int i = 0; i < 400; ++i, usleep(5'000)) {
      if (ProcessesLeft().empty()) return true;
    }
    return false;
  }

  // No directory of a run, no line of the log that is cut or does not follow from the one before.
  void ExpectNothingHalf(int round) const {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::directory_iterator(temporary())) ADD_FAILURE() << "round " << round << ": " << entry.path();
    const fs::path runs = home() + "/.local/state/usher/runs";
    if (!fs::exists(runs)) return;
    for (const auto& run : fs::directory_iterator(runs)) {
      const std::string log = run.path() / "events.jsonl";
      if (!Exists(log) || Read(log).empty()) continue;  // killed before the first line
      const auto lines = VerifyLog(log);
      EXPECT_TRUE(lines.ok()) << "round " << round << ": " << lines.status();
      EXPECT_EQ(Read(log).back(), '\n') << "round " << round;
    }
    fs::remove_all(runs);
  }
};

TEST_F(KillLoopTest, NothingIsLeftWheneverItDies) {
  Write(home() + "/note", "mine\n");
  ASSERT_EQ(Boxed({"true"}).code, 0);  // makes the folders of grants and runs
  const auto grants = [this] { return TreeOf(home() + "/.local/state/usher/grants", {}); };
  const std::string grants_before = grants();
  std::mt19937 random(4711);
  std::uniform_int_distribution<useconds_t> instant(0, kLatestInstant);
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    ChildProcess usher(UsherSpec({"-q"}, {"sh", "-c", BusyScript()}));
    usleep(instant(random));
    usher.Signal(SIGKILL);
    EXPECT_EQ(usher.Wait().code, 128 + SIGKILL);
    ASSERT_TRUE(EverybodyIsGone()) << "round " << round << ": " << ProcessesLeft()[0];
    ExpectNothingHalf(round);
  }
  EXPECT_EQ(grants(), grants_before);
  EXPECT_EQ(Read(home() + "/note"), "mine\n");
}

}  // namespace
}  // namespace usher
