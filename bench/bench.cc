// usher_bench: measures Usher on this machine, against doing without, against the smallest loops, and against its
// peers.

#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <regex>

#include "bench/measure/machine.h"
#include "bench/measure/progress.h"
#include "bench/parts/gauges.h"
#include "bench/report/text_table.h"
#include "bench/suite.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

struct Choice {
  Effort effort;
  std::string filter, json = "bench.json", remark;
  std::string usher = USHER_BENCH_USHER, caller = USHER_BENCH_CALLER;
  bool list = false, lines = false, allow_root = false;
};

std::string Output(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[256];
  while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) text += buffer;
  pclose(pipe);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Json DescribeUsher(const Choice& choice) {
  Json usher;
  usher["version"] = Output("'" + choice.usher + "' --version 2>/dev/null");
  // The commit that the suite was built from; the person measures that build unless --usher says otherwise.
  usher["commit"] = USHER_BENCH_COMMIT;
  usher["binary"] = choice.usher == USHER_BENCH_USHER ? "of this build" : choice.usher;
  return usher;
}

Json DescribeEffort(const Choice& choice) {
  const Effort& effort = choice.effort;
  return {{"quick", effort.quick},          {"restarts", effort.restarts},       {"rounds", effort.rounds},
          {"batch_ms", effort.batch_ms},    {"work_rounds", effort.work_rounds}, {"filter", choice.filter},
          {"build", USHER_BENCH_BUILD_TYPE}};
}

int Measure(const Choice& choice, const std::vector<Task>& tasks, std::vector<Note> not_measured) {
  auto world = World::Make(choice.usher, choice.caller);
  if (!world.ok()) {
    std::fprintf(stderr, "usher_bench: %s\n", std::string(world.status().message()).c_str());
    return 1;
  }
  Result result;
  result.not_measured = std::move(not_measured);
  result.started = UtcNow();
  result.machine = DescribeMachine(choice.remark);
  result.usher = DescribeUsher(choice);
  result.settings = DescribeEffort(choice);
  result.noise_before = MeasureNoise();
  double total = 0;
  for (const Task& task : tasks) total += task.seconds;
  {
    Progress progress(total, choice.lines);
    for (const Task& task : tasks) {
      progress.Begin(task.name, task.seconds);
      const size_t failures = result.failures.size();
      task.run(*world, result);
      for (size_t i = failures; i < result.failures.size(); ++i) {
        progress.Complain(Concat("FAILED  ", result.failures[i].name, ": ", result.failures[i].text));
      }
    }
  }
  result.noise_after = MeasureNoise();
  result.ended = UtcNow();
  if (absl::Status status = WriteText(choice.json, ToJson(result).dump(1) + "\n"); !status.ok()) {
    std::fprintf(stderr, "usher_bench: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  if (choice.json != "-") {
    std::fputs(TextTable(result).c_str(), stdout);
    std::printf(
        "\n%zu measurements, %zu failures, in %s; `report` makes a page of it, `compare` holds it against another\n",
        result.measurements.size(), result.failures.size(), choice.json.c_str());
  }
  return result.failures.empty() ? 0 : 1;
}

int Run(Choice& choice) {
  if (geteuid() == 0 && !choice.list && !choice.allow_root) {
    std::fprintf(
        stderr,
        "usher_bench: Usher's users are not root, and root's numbers are others; run this as an ordinary user, for\n"
        "instance with `setpriv --reuid=65534 --regid=65534 --clear-groups`, or say --as-root\n");
    return 2;
  }
  if (choice.effort.quick) {
    choice.effort.restarts = 2;
    choice.effort.rounds = 4;
    choice.effort.batch_ms = 2;
    choice.effort.threads = {1, 64};
    choice.effort.work_rounds = 3;
  }
  std::vector<Task> all, tasks;
  std::vector<Note> not_measured;
  AddCallTasks(choice.effort, all, not_measured);
  AddPartTasks(choice.effort, all, not_measured);
  AddWorkTasks(choice.effort, all, not_measured);
  const std::regex filter(choice.filter);
  for (Task& task : all) {
    if (std::regex_search(task.name, filter)) tasks.push_back(std::move(task));
  }
  if (choice.list) {
    for (const Task& task : tasks) std::printf("%-44s %6.1f s\n", task.name.c_str(), task.seconds);
    for (const Note& note : not_measured) std::printf("not measured: %s: %s\n", note.name.c_str(), note.text.c_str());
    return 0;
  }
  if (tasks.empty()) {
    std::fprintf(stderr, "usher_bench: --filter leaves nothing; --list shows what there is\n");
    return 2;
  }
  return Measure(choice, tasks, std::move(not_measured));
}

}  // namespace
}  // namespace usher::bench

int main(int argc, char** argv) {
  using namespace usher::bench;
  Choice choice;
  CLI::App app("Measures Usher on this machine. Exit code 1: something failed, or its mechanism was not really used.");
  app.add_flag("--quick", choice.effort.quick, "one call of each kind, fewer rounds: less than two minutes");
  app.add_flag("--list", choice.list, "what there is, how long it takes, and what is not measured and why");
  app.add_option("--filter", choice.filter, "regular expression: only what has such a name");
  app.add_option("--json", choice.json, "where the result goes (bench.json; - for standard output)");
  app.add_option("--remark", choice.remark,
                 "your own word on this machine, for the result: emulated, laptop on battery, …");
  app.add_option("--usher", choice.usher, "the usher to measure, instead of the one of this build");
  app.add_option("--caller", choice.caller, "bench_caller, if it is not where it was built");
  app.add_option("--restarts", choice.effort.restarts, "how often the measured processes are started anew (3)");
  app.add_option("--rounds", choice.effort.rounds, "interleaved rounds a restart (7)");
  app.add_option("--batch-ms", choice.effort.batch_ms, "how long a process makes calls in its turn (4)");
  app.add_option("--mechanisms", choice.effort.mechanisms, "of the calls, only these, as the tables name them")
      ->delimiter(',');
  app.add_option("--work-rounds", choice.effort.work_rounds, "interleaved rounds of real work (9)");
  app.add_option("--threads", choice.effort.threads, "of the calls (1,2,8,64)")->delimiter(',');
  app.add_flag("--lines", choice.lines, "a line a task instead of a progress bar");
  std::string repeat;
  int times = 1;
  app.add_option("--repeat", repeat, "only do this part over and over, for who counts from outside (--list, part/…)");
  app.add_option("--times", times, "how often");
  app.add_flag("--as-root", choice.allow_root, "measure as root all the same");
  CLI11_PARSE(app, argc, argv);
  // Some of what is measured needs another working directory.
  if (choice.json != "-") choice.json = std::filesystem::absolute(choice.json);
  if (!repeat.empty()) return RepeatPart(repeat, times);
  std::signal(SIGPIPE, SIG_IGN);  // a measured process that died is an error to report
  return Run(choice);
}
