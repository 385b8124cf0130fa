#include <gtest/gtest.h>

#include "tests/fuzz/syscalls/syscall_demands.h"
#include "tests/support/corpus.h"

namespace usher {
namespace {

TEST(SyscallsCorpusTest, Decode) { EXPECT_GT(ReplayCorpus(USHER_CORPUS "/decode", &CheckDecode), 5); }
TEST(SyscallsCorpusTest, SocketAddress) {
  EXPECT_GT(ReplayCorpus(USHER_CORPUS "/socket_address", &CheckSocketAddress), 5);
}

}  // namespace
}  // namespace usher
