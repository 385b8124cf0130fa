#include "bench/parts/gauges.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "bench/mechanisms/evidence.h"
#include "bench/work/process_run.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

// Resident, in bytes: its share of shared pages cannot be told apart, for Usher lets nobody look closer.
double ResidentBytes(pid_t pid) {
  std::ifstream file(Concat("/proc/", pid, "/status"));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) * 1024;
  }
  return 0;
}

// How many descend from `root` and have become "sleep", by what /proc tells of all that are alive.
int Sleepers(pid_t root) {
  std::map<pid_t, pid_t> parents;
  std::vector<pid_t> sleepers;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (pid <= 0 || !std::getline(file, line) || line.find(')') == std::string::npos) continue;
    std::istringstream rest(line.substr(line.rfind(')') + 1));
    char state = 'Z';
    rest >> state >> parents[pid];
    if (state == 'Z') parents.erase(pid);
    if (state != 'Z' && line.find("(sleep)") != std::string::npos) sleepers.push_back(pid);
  }
  int count = 0;
  for (const pid_t pid : sleepers) {
    pid_t above = parents[pid];
    while (above != root && parents.contains(above)) above = parents[above];
    count += above == root ? 1 : 0;
  }
  return count;
}

// An Usher that runs a script, which waits at each of its marks ("mark NUMBER") until it is let go on.
class MarkedRun {
 public:
  // In small pages each of them shows; in a large one, as the supervisor has it, some hundred processes find room unseen.
  enum class Pages { kAsEver, kSmall };

  MarkedRun(const World& world, const std::string& script, Pages pages) : directory_(world.Fresh("g")) {
    const std::string mark = Concat("mark() { echo $1 > '", directory_, "/at'$1; until [ -e '", directory_,
                                    "/on'$1 ]; do sleep 0.05; done; }; ");
    const std::string command = mark + script;
    child_ = fork();
    if (child_ != 0) return;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (pages == Pages::kSmall) prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) dup2(null, fd);
    if (chdir(world.work().c_str()) == 0) {
      execl(world.usher().c_str(), "usher", "run", "-q", "--unattended", "--", "/bin/sh", "-c", command.c_str(),
            nullptr);
    }
    _exit(127);
  }
  MarkedRun(const MarkedRun&) = delete;
  MarkedRun& operator=(const MarkedRun&) = delete;
  ~MarkedRun() {
    kill(child_, SIGTERM);
    int status;
    waitpid(child_, &status, 0);
  }

  pid_t usher() const { return child_; }
  // Whether it comes to that mark, and as many sleep then.
  bool Reaches(int number, int sleepers) const {
    for (int waited = 0; waited < 300 * 10; ++waited) {
      usleep(100'000);
      if (access(Concat(directory_, "/at", number).c_str(), F_OK) == 0 && Sleepers(child_) >= sleepers) return true;
    }
    return false;
  }
  void GoOn(int number) const { std::ofstream(Concat(directory_, "/on", number)); }

 private:
  std::string directory_;
  pid_t child_ = -1;
};

void Add(Result& result, const std::string& name, double bytes, const std::string& of, const std::string& witness) {
  if (bytes <= 0) {
    result.failures.push_back({Concat("size/", name), "could not be read"});
    return;
  }
  Measurement m;
  m.group = "size";
  m.name = name;
  m.unit = "bytes";
  m.of = of;
  m.witness = witness;
  m.rounds = {bytes};
  Summarize(m);
  result.measurements.push_back(std::move(m));
}

// The first processes live in what the start has left free; what a process costs shows after them, between N and 2N.
void WeighMemory(const World& world, int processes, Result& result) {
  const std::string start = Concat("i=0; while [ $i -lt ", processes, " ]; do sleep 600 & i=$((i+1)); done; ");
  const std::string per_thousand = "supervisor, per 1,000 processes";
  double idle = 0, once = 0, twice = 0;
  int alive = 0;
  {
    const MarkedRun run(world, "mark 0", MarkedRun::Pages::kAsEver);
    if (run.Reaches(0, 0)) idle = ResidentBytes(run.usher());
  }
  (void)TakeUsherRecords(world.state(), "execve");
  {
    const MarkedRun run(world, Concat(start, "mark 0; ", start, "mark 1"), MarkedRun::Pages::kSmall);
    if (run.Reaches(0, processes)) once = ResidentBytes(run.usher());
    run.GoOn(0);
    if (run.Reaches(1, 2 * processes)) twice = ResidentBytes(run.usher());
    alive = Sleepers(run.usher());
  }
  const UsherRecords records = TakeUsherRecords(world.state(), "execve");
  Add(result, "supervisor, idle", idle, "resident memory of the usher process, one command running", "");
  const auto wanted = static_cast<uint64_t>(2 * processes);
  if (alive < 2 * processes || records.lines < wanted) {
    result.failures.push_back({Concat("size/", per_thousand),
                               Concat("of ", wanted, " processes ", alive, " lived, and Usher knew ", records.lines)});
    return;
  }
  Add(result, per_thousand, once > 0 && twice > 0 ? (twice - once) * 1000 / processes : 0,
      Concat("growth of it, in small pages, from ", processes, " to ", wanted, " processes alive, for 1,000"),
      Concat(alive, " sleep below it; log: ", records.lines, " execs; resident ", idle / 1024, ", ", once / 1024, ", ",
             twice / 1024, " kB"));
}

void WeighLog(const World& world, Result& result) {
  const ProcessRun run =
      RunProcess({world.usher(), "run", "-q", "--unattended", "--", "/bin/sh", "-c",
                  "for i in 1 2 3 4 5 6 7 8 9; do for k in 1 2 3 4 5 6 7 8 9; do echo x > f$i$k; done; done; rm f*"},
                 world.work());
  const UsherRecords records = TakeUsherRecords(world.state(), "openat");
  if (run.exit_code != 0 || records.lines < 81) {
    result.failures.push_back({"size/log", "the log does not have what was done"});
    return;
  }
  Add(result, "log, per event", static_cast<double>(records.log_bytes) / static_cast<double>(records.log_lines),
      "bytes of a line: files made and removed by sh and rm", Concat(records.log_lines, " lines"));
}

}  // namespace

void AddGaugeTasks(const Effort& effort, std::vector<Task>& tasks) {
  const int processes = effort.quick ? 200 : 1000;
  tasks.push_back({"size/memory", 2 + processes * 0.012,
                   [processes](const World& world, Result& result) { WeighMemory(world, processes, result); }});
  tasks.push_back({"size/log", 0.5, [](const World& world, Result& result) { WeighLog(world, result); }});
}

}  // namespace usher::bench
