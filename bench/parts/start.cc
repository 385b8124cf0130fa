#include "bench/parts/start.h"

#include <unistd.h>

#include <chrono>
#include <map>

#include "bench/mechanisms/evidence.h"
#include "bench/work/process_run.h"
#include "policies/text.h"
#include "supervisor/confine/floor.h"
#include "supervisor/policy_layers.h"
#include "supervisor/surroundings.h"

namespace usher::bench {
namespace {

using Clock = std::chrono::steady_clock;

class StepTimes {
 public:
  // The steps of a round follow one another.
  void Begin() { last_ = Clock::now(); }
  void Step(const std::string& name) {
    const auto now = Clock::now();
    Add(name, std::chrono::duration<double, std::milli>(now - last_).count());
    last_ = Clock::now();
  }
  void Add(const std::string& name, double ms) {
    if (!times_.contains(name)) order_.push_back(name);
    times_[name].push_back(ms);
  }
  const std::vector<double>& Of(const std::string& name) { return times_[name]; }
  const std::vector<std::string>& order() const { return order_; }

 private:
  Clock::time_point last_;
  std::map<std::string, std::vector<double>> times_;
  std::vector<std::string> order_;
};

// What Usher does before it starts the command, step by step in this process; then the whole, and what is left of it.
bool RunRound(const World& world, const std::string& workspace, StepTimes& times, Result& result) {
  const auto fail = [&](std::string_view what) {
    result.failures.push_back({"start", std::string(what)});
    return false;
  };
  const ProcessRun version = RunProcess({world.usher(), "--version"}, workspace);
  if (version.exit_code != 0) return fail("usher --version");
  times.Add("load the program", version.wall_ms);
  times.Begin();
  const auto around = LookAround(workspace);
  times.Step("look around");
  if (!around.ok()) return fail(FromAbsl(around.status().message()));
  auto layers = ReadPolicyLayers(*around, world.root() + "/tmp/private", "");
  times.Step("read the policy");
  if (!layers.ok()) return fail(FromAbsl(layers.status().message()));
  const Ruleset rules(*std::move(layers));
  times.Step("index the rules");
  const auto floor = BuildFloor(rules, FloorUse::kRunning, world.root() + "/tmp/private");
  times.Step("lay the floor");
  if (!floor.ok()) return fail(FromAbsl(floor.status().message()));
  const ProcessRun native = RunProcess({"/bin/true"}, workspace);
  const ProcessRun whole =
      RunProcess({world.usher(), "run", "-q", "--unattended", "--workspace", workspace, "--", "/bin/true"}, workspace);
  if (native.exit_code != 0 || whole.exit_code != 0) return fail("true");
  if (TakeUsherRecords(world.state(), "execve").runs != 1) return fail("usher run left no receipt");
  times.Add("true, natively", native.wall_ms);
  double known = version.wall_ms + native.wall_ms;
  for (const char* step : {"look around", "read the policy", "index the rules", "lay the floor"}) known += times.Of(step).back();
  times.Add("confine, supervise, write the receipt", whole.wall_ms > known ? whole.wall_ms - known : 0);
  times.Add("usher run -- true", whole.wall_ms);
  return true;
}

}  // namespace

void AddStartTasks(const Effort& effort, std::vector<Task>& tasks) {
  const int rounds = effort.quick ? 9 : 31;
  tasks.push_back({"start/step by step", rounds * 0.06, [rounds](const World& world, Result& result) {
                     const std::string workspace = world.Fresh("s");
                     if (chdir(workspace.c_str()) != 0) return;
                     StepTimes times;
                     for (int round = 0; round < rounds; ++round) {
                       if (!RunRound(world, workspace, times, result)) return;
                     }
                     for (const std::string& step : times.order()) {
                       Measurement m;
                       m.group = "start";
                       m.name = step;
                       m.unit = "ms";
                       m.of = "wall time";
                       m.rounds = times.Of(step);
                       Summarize(m);
                       AddRatio(m, "native", times.Of("true, natively"));
                       result.measurements.push_back(std::move(m));
                     }
                   }});
}

}  // namespace usher::bench
