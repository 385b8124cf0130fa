#include <gtest/gtest.h>

#include "tests/fuzz/tracee/tracee_demands.h"
#include "tests/support/corpus.h"

namespace usher {
namespace {

TEST(TraceeCorpusTest, ControlMessage) {
  EXPECT_GT(ReplayCorpus(USHER_CORPUS "/control_message", &CheckControlMessage), 5);
}
TEST(TraceeCorpusTest, DnsMessage) { EXPECT_GT(ReplayCorpus(USHER_CORPUS "/dns_message", &CheckDnsMessage), 5); }
TEST(TraceeCorpusTest, ProcStat) { EXPECT_GT(ReplayCorpus(USHER_CORPUS "/proc_stat", &CheckProcStat), 5); }
TEST(TraceeCorpusTest, Interpreter) { EXPECT_GT(ReplayCorpus(USHER_CORPUS "/interpreter", &CheckInterpreter), 5); }

}  // namespace
}  // namespace usher
