#include "supervisor/own_process.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

constexpr size_t kLargePage = size_t{2} << 20;
constexpr int kPieces = 10000;  // of a hundred bytes: a megabyte

long FaultsSoFar() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// How many faults it takes to fill a megabyte in small pieces.
long FaultsOfPieces() {
  std::vector<std::unique_ptr<char[]>> pieces;
  pieces.reserve(kPieces);
  const long before = FaultsSoFar();
  for (int i = 0; i < kPieces; ++i) {
    pieces.push_back(std::make_unique<char[]>(100));
    pieces.back()[50] = 'x';
  }
  return FaultsSoFar() - before;
}

// In a process of its own, whose heap nobody has used up.
template <typename Body>
int InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Of memory that a limit on data counts (getrlimit(2), RLIMIT_DATA), in bytes.
rlim_t DataSoFar() {
  rlim_t pages = 0;
  std::ifstream sizes("/proc/self/statm");
  for (int field = 0; field < 6; ++field) sizes >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

bool HostCollapses() {
  void* const room = mmap(nullptr, 2 * kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return false;
  const uintptr_t start = (reinterpret_cast<uintptr_t>(room) + kLargePage - 1) / kLargePage * kLargePage;
  *reinterpret_cast<char*>(start) = 'x';
  const bool can = madvise(reinterpret_cast<void*>(start), kLargePage, MADV_COLLAPSE) == 0;
  munmap(room, 2 * kLargePage);
  return can;
}

TEST(OwnProcessTest, AGatheredHeapTakesFewFaults) {
  if (!HostCollapses()) GTEST_SKIP() << "this kernel makes no large page when asked";
  const int scattered = InChild([] { return FaultsOfPieces() > 200 ? 0 : 1; });
  if (scattered != 0) GTEST_SKIP() << "memory comes in large pages here anyway, or the allocator is not glibc's";
  const int gathered = InChild([] {
    GatherHeap();
    return static_cast<int>(FaultsOfPieces());
  });
  EXPECT_GE(gathered, 0);
  EXPECT_LT(gathered, 60);
}

// Where the kernel has none to give, the heap is as good as before.
TEST(OwnProcessTest, AHeapThatCannotBeGatheredWorks) {
  const int code = InChild([] {
    const rlim_t little = DataSoFar() + kLargePage;
    const rlimit limit{little, little};
    setrlimit(RLIMIT_DATA, &limit);
    GatherHeap();
    return FaultsOfPieces() > 0 ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace usher
