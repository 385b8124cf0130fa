// What `make run` shows, without a terminal.

#include <filesystem>

#include "tests/support/box.h"

namespace usher {
namespace {

class DemoTest : public Box {};

TEST_F(DemoTest, RunsToItsEndAndShowsTheReceipt) {
  std::filesystem::copy(USHER_SOURCE "/tests/demo", root() + "/demo", std::filesystem::copy_options::recursive);
  Words demo = {"sh", root() + "/demo/run.sh", Binary("usher")};
  if (!Mechanism().empty()) demo.push_back("--mechanism=" + Mechanism());
  const Outcome outcome = Native(demo);
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  for (const char* wanted :
       {"refused: read ~/.ssh/id_ed25519", "refused: write .git/hooks/post-commit", "done: read ~/notes.txt",
        "done: connect to the service", "refused: connect to the collector", "### Agent run"}) {
    EXPECT_NE(outcome.out.find(wanted), std::string::npos) << wanted << "\n" << outcome.out << outcome.err;
  }
}

}  // namespace
}  // namespace usher
