// Timing the parts with Google Benchmark, whose repetitions are mixed at random with those of the yardstick, and counting
// their instructions where something here can count.

#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "bench/parts/gauges.h"
#include "bench/parts/parts.h"
#include "bench/parts/start.h"
#include "bench/suite.h"
#include "bench/work/peers.h"
#include "bench/work/process_run.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

// Collects the time of each repetition, in ns.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Iteration && !run.error_occurred) times[run.run_name.function_name].push_back(run.GetAdjustedRealTime());
    }
  }
  std::map<std::string, std::vector<double>> times;
};

void TimePart(const Part& part, const Effort& effort, const World& world, Result& result) {
  const auto operation = part.make(world.Fresh("p"));
  if (!operation) {
    result.failures.push_back({Concat("part/", part.name), "cannot be made ready"});
    return;
  }
  static bool initialized = false;
  if (!std::exchange(initialized, true)) {
    std::string words[] = {"usher_bench", "--benchmark_enable_random_interleaving=true",
                           Concat("--benchmark_repetitions=", effort.quick ? 9 : 21),
                           Concat("--benchmark_min_time=", effort.quick ? "0.01" : "0.03")};
    char* argv[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    int argc = 4;
    benchmark::Initialize(&argc, argv);
  }
  benchmark::ClearRegisteredBenchmarks();
  const auto loop = [](const std::function<void()>& what) {
    return [what](benchmark::State& state) {
      for (auto _ : state) what();
    };
  };
  benchmark::RegisterBenchmark("part", loop(operation));
  benchmark::RegisterBenchmark("yardstick", loop(Yardstick));
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector, "all");
  Measurement m;
  m.group = "part";
  m.name = part.name;
  m.unit = "ns";
  m.of = "mean of a repetition";
  m.rounds = collector.times["part"];
  if (m.rounds.empty()) {
    result.failures.push_back({Concat("part/", part.name), "Google Benchmark reported nothing"});
    return;
  }
  Summarize(m);
  AddRatio(m, "yardstick", collector.times["yardstick"]);
  result.measurements.push_back(std::move(m));
}

// The number after `mark` in what a counter prints, thousands separators left out.
double NumberAfter(const std::string& text, std::string_view mark) {
  size_t at = text.find(mark);
  if (at == text.npos) return 0;
  std::string digits;
  for (at += mark.size(); at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] >= '0' && text[at] <= '9') digits += text[at];
    else if (!digits.empty() && text[at] != ',') break;
  }
  return digits.empty() ? 0 : std::stod(digits);
}

// Of this very program doing the part `times` times, in user space. 0: nothing here can count.
double Instructions(const Part& part, int times, const World& world) {
  const std::vector<std::string> repeat = {"/proc/" + std::to_string(getpid()) + "/exe", "--repeat", std::string(part.name),
                                           "--times", std::to_string(times)};
  // What libc and the part allocate may lie elsewhere each time; that moves a few instructions in a million.
  std::vector<std::string> counter = {"perf", "stat", "-x", " ", "-e", "instructions:u", "--"};
  static const bool has_perf = [&] {
    const ProcessRun run = RunProcess({"perf", "stat", "-e", "instructions:u", "true"}, world.work());
    return run.exit_code == 0 && run.output.find("not supported") == std::string::npos;
  }();
  if (!has_perf) counter = {"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"};
  counter.insert(counter.end(), repeat.begin(), repeat.end());
  const ProcessRun run = RunProcess(counter, world.work());
  if (run.exit_code != 0) return 0;
  return has_perf ? NumberAfter("\n" + run.output, "\n") : NumberAfter(run.output, "Collected :");
}

void CountPart(const Part& part, const World& world, Result& result) {
  constexpr int kTimes = 200;
  const double once = Instructions(part, kTimes, world), twice = Instructions(part, 2 * kTimes, world);
  if (once <= 0 || twice <= once) {
    result.not_measured.push_back({Concat("instructions/", part.name), "neither perf nor valgrind could count here"});
    return;
  }
  Measurement m;
  m.group = "instructions";
  m.name = part.name;
  m.unit = "instructions";
  m.of = "instructions in user space, once";
  m.rounds = {(twice - once) / kTimes};
  Summarize(m);
  result.measurements.push_back(std::move(m));
}

}  // namespace

void AddPartTasks(const Effort& effort, std::vector<Task>& tasks, std::vector<Note>& not_measured) {
  const bool can_count = IsInstalled("valgrind") || IsInstalled("perf");
  if (!can_count) not_measured.push_back({"instructions/*", "needs valgrind, or perf with a counter of instructions"});
  for (const Part& part : Parts()) {
    if (effort.quick && !part.quick) continue;
    tasks.push_back({Concat("part/", part.name), effort.quick ? 1.0 : 3.0,
                     [&part, effort](const World& world, Result& result) { TimePart(part, effort, world, result); }});
    if (!can_count || !part.counted) continue;
    tasks.push_back({Concat("instructions/", part.name), 6.0,
                     [&part](const World& world, Result& result) { CountPart(part, world, result); }});
  }
  AddStartTasks(effort, tasks);
  AddGaugeTasks(effort, tasks);
}

int RepeatPart(const std::string& name, int times) {
  const Part* part = FindPart(name);
  char directory[] = "/tmp/usher-part-XXXXXX";
  if (part == nullptr || mkdtemp(directory) == nullptr) return 2;
  const auto operation = part->make(directory);
  for (int i = 0; operation && i < times; ++i) operation();
  rmdir(directory);
  return operation ? 0 : 1;
}

}  // namespace usher::bench
