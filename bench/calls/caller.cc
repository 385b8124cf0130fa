// The measured process: makes one system call in a loop, on some threads, and says how long each took.
//
//   bench_caller RECIPE THREADS CPU DIRECTORY OUTSIDE MARK    CPU -1: anywhere; OUTSIDE: a file that a floor would
//   refuse;
//                                                             MARK: of opens that may run in the kernel, or 0
//   nothing                                                   (argv[0]) ends at once: what the exec rows start

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "bench/calls/recipe.h"
#include "bench/calls/wire.h"

namespace usher::bench {
namespace {

uint64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

double CostOfClock() {
  std::vector<double> costs;
  for (int i = 0; i < 50; ++i) {
    const uint64_t start = Now();
    for (int k = 0; k < 100; ++k) (void)Now();
    costs.push_back(static_cast<double>(Now() - start) / 101);
  }
  std::nth_element(costs.begin(), costs.begin() + 25, costs.end());
  return costs[25];
}

void WriteAll(const void* data, size_t size) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t wrote = write(STDOUT_FILENO, bytes, size);
    if (wrote <= 0) _exit(1);
    bytes += wrote;
    size -= static_cast<size_t>(wrote);
  }
}

struct Team;

struct Member {
  Team* team = nullptr;
  Bench bench;
  std::vector<uint32_t> times;
  uint64_t start = 0, end = 0, waits = 0;
  int error = 0;
};

struct Team {
  const Recipe* recipe = nullptr;
  uint32_t clock_ns = 0;
  uint64_t calls = 0;  // each, in the batch to come
  std::vector<Member> members;
  pthread_barrier_t begin, done;
};

// Whoever is held sleeps; or where there is one processor, is put aside for whom it woke, before it comes to sleep.
uint64_t WaitsOfThread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw);
}

void MakeCalls(Member& member) {
  const Recipe& recipe = *member.team->recipe;
  Bench& bench = member.bench;
  const uint64_t waits = WaitsOfThread();
  member.start = Now();
  for (uint64_t i = 0; i < member.team->calls; ++i) {
    if (recipe.before != nullptr) recipe.before(bench);
    const uint64_t start = Now();
    bench.result = recipe.call(bench);
    const uint64_t took = Now() - start;
    ++bench.turn;
    if ((bench.result < 0) != (recipe.expected_errno != 0)) {
      member.error = bench.result < 0 ? errno : ENOTRECOVERABLE;
      break;
    }
    member.times[i] = static_cast<uint32_t>(
        std::min<uint64_t>(took > member.team->clock_ns ? took - member.team->clock_ns : 0, UINT32_MAX));
    if (recipe.after != nullptr) recipe.after(bench);
  }
  member.end = Now();
  member.waits = WaitsOfThread() - waits;
}

void* Live(void* argument) {
  Member& member = *static_cast<Member*>(argument);
  for (;;) {
    pthread_barrier_wait(&member.team->begin);
    if (member.team->calls == 0) return nullptr;
    MakeCalls(member);
    pthread_barrier_wait(&member.team->done);
  }
}

void Report(const Team& team) {
  Batch batch;
  uint64_t start = UINT64_MAX, end = 0;
  for (const Member& member : team.members) {
    batch.calls += team.calls;
    batch.waits += member.waits;
    if (member.error != 0) batch.error = member.error;
    start = std::min(start, member.start);
    end = std::max(end, member.end);
  }
  batch.wall_ns = end - start;
  WriteAll(&batch, sizeof(batch));
  for (const Member& member : team.members) WriteAll(member.times.data(), team.calls * sizeof(uint32_t));
}

// False with errno: this call cannot be measured here.
bool Prepare(Team& team, const char* directory, unsigned long mark) {
  const int nr = seccomp_syscall_resolve_name(std::string(RowOf(*team.recipe)).c_str());
  if (nr < 0) {
    errno = ENOSYS;
    return false;
  }
  for (size_t i = 0; i < team.members.size(); ++i) {
    Bench& bench = team.members[i].bench;
    team.members[i].team = &team;
    bench.nr = nr;
    bench.mark = mark;
    bench.directory = std::string(directory) + "/" + std::to_string(i);
    bench.a = bench.directory + "/a";
    bench.b = bench.directory + "/b";
    bench.program = std::string(directory) + "/nothing";
    if (mkdirat(AT_FDCWD, bench.directory.c_str(), 0755) != 0) return false;
    if (team.recipe->prepare != nullptr && !team.recipe->prepare(bench)) return false;
  }
  return true;
}

int Main(char** argv) {
  Team team;
  team.recipe = FindRecipe(argv[1]);
  const size_t threads = static_cast<size_t>(std::atoi(argv[2]));
  if (const int cpu = std::atoi(argv[3]); cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(cpu), &set);
    sched_setaffinity(0, sizeof(set), &set);
  }
  Hello hello;
  hello.pid = getpid();
  hello.clock_ns = CostOfClock();
  team.clock_ns = static_cast<uint32_t>(hello.clock_ns);
  team.members.resize(threads);
  const long outside = syscall(SYS_openat, AT_FDCWD, argv[5], O_RDONLY | O_CLOEXEC);
  hello.outside = outside < 0 ? errno : 0;
  if (outside >= 0) close(static_cast<int>(outside));
  const unsigned long mark = std::strtoul(argv[6], nullptr, 0);
  if (team.recipe == nullptr || !Prepare(team, argv[4], mark)) hello.prepared = errno == 0 ? EINVAL : errno;
  WriteAll(&hello, sizeof(hello));
  if (hello.prepared != 0) return 1;

  pthread_barrier_init(&team.begin, nullptr, static_cast<unsigned>(threads));
  pthread_barrier_init(&team.done, nullptr, static_cast<unsigned>(threads));
  for (size_t i = 1; i < threads; ++i) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size_t{256} << 10);
    if (pthread_create(&thread, &attributes, Live, &team.members[i]) != 0) return 1;
  }
  for (uint32_t calls; read(STDIN_FILENO, &calls, sizeof(calls)) == sizeof(calls) && calls > 0;) {
    for (Member& member : team.members) member.times.assign(calls, 0);
    team.calls = calls;
    pthread_barrier_wait(&team.begin);
    MakeCalls(team.members[0]);
    pthread_barrier_wait(&team.done);
    Report(team);
  }
  _exit(0);
}

}  // namespace
}  // namespace usher::bench

int main(int argc, char** argv) {
  if (std::strcmp(argv[0], "nothing") == 0) return 0;
  if (argc != 7) return 2;
  return usher::bench::Main(argv);
}
