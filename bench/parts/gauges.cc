#include "bench/parts/gauges.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

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

// Starts Usher with a command that says "ready" by making a file, and looks at the supervisor then.
double MemoryWith(const World& world, const std::string& script, int patience_s) {
  const std::string mark = world.Fresh("g") + "/ready";
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) dup2(null, fd);
    const std::string command = Concat(script, " echo ready > '", mark, "'; sleep 600");
    if (chdir(world.work().c_str()) == 0) {
      execl(world.usher().c_str(), "usher", "run", "-q", "--unattended", "--", "/bin/sh", "-c", command.c_str(), nullptr);
    }
    _exit(127);
  }
  double bytes = 0;
  for (int waited = 0; waited < patience_s * 100; ++waited) {
    usleep(10'000);
    if (access(mark.c_str(), F_OK) != 0) continue;
    usleep(100'000);
    bytes = ResidentBytes(child);
    break;
  }
  kill(child, SIGTERM);
  int status;
  waitpid(child, &status, 0);
  (void)TakeUsherRecords(world.state(), "");
  return bytes;
}

void Add(Result& result, const std::string& name, double bytes, const std::string& of) {
  if (bytes <= 0) {
    result.failures.push_back({Concat("size/", name), "could not be read"});
    return;
  }
  Measurement m;
  m.group = "size";
  m.name = name;
  m.unit = "bytes";
  m.of = of;
  m.rounds = {bytes};
  Summarize(m);
  result.measurements.push_back(std::move(m));
}

void WeighMemory(const World& world, int processes, Result& result) {
  const double idle = MemoryWith(world, "", 20);
  Add(result, "supervisor, idle", idle, "resident memory of the usher process, one command running");
  const double many = MemoryWith(world, Concat("i=0; while [ $i -lt ", processes, " ]; do sleep 600 & i=$((i+1)); done;"), 120);
  Add(result, "supervisor, per 1,000 processes", many > 0 && idle > 0 ? std::max(1.0, (many - idle) * 1000 / processes) : 0,
      Concat("growth of it (at least 1) with ", processes, " processes alive, for 1,000"));
}

void WeighLog(const World& world, Result& result) {
  const ProcessRun run = RunProcess({world.usher(), "run", "-q", "--unattended", "--", "/bin/sh", "-c",
                                     "for i in 1 2 3 4 5 6 7 8 9; do for k in 1 2 3 4 5 6 7 8 9; do echo x > f$i$k; done; done; rm f*"},
                                    world.work());
  const UsherRecords records = TakeUsherRecords(world.state(), "openat");
  if (run.exit_code != 0 || records.lines < 81) {
    result.failures.push_back({"size/log", "the log does not have what was done"});
    return;
  }
  Add(result, "log, per event", static_cast<double>(records.log_bytes) / static_cast<double>(records.log_lines),
      "bytes of a line: files made and removed by sh and rm");
}

}  // namespace

void AddGaugeTasks(const Effort& effort, std::vector<Task>& tasks) {
  const int processes = effort.quick ? 100 : 1000;
  tasks.push_back({"size/memory", 2 + processes * 0.012,
                   [processes](const World& world, Result& result) { WeighMemory(world, processes, result); }});
  tasks.push_back({"size/log", 0.5, [](const World& world, Result& result) { WeighLog(world, result); }});
}

}  // namespace usher::bench
