// What does one call cost, by each mechanism? Every row of the table that can sensibly be called in a loop, in turns of
// a few milliseconds, so that what disturbs one mechanism disturbs its rivals as well.

#include <seccomp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>

#include "bench/calls/recipe.h"
#include "bench/mechanisms/evidence.h"
#include "bench/mechanisms/mechanism.h"
#include "bench/suite.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

struct Unit {
  const Row* row = nullptr;
  const Recipe* recipe = nullptr;
  int nr = -1, threads = 1;
  std::string placement;  // "free", "same", "other"
};

// One mechanism over all restarts of a unit.
struct Contender {
  const Mechanism* mechanism;
  std::optional<Session> session;
  SessionTotals totals;
  std::string state;  // of the session, for what Usher keeps
  uint32_t calls_each = 16;
  std::vector<double> rounds;
  std::vector<float> times;
  double wall_ns = 0;
  std::string witness, failure;
};

SessionRequest RequestFor(const Unit& unit, const World& world, const Mechanism& mechanism) {
  SessionRequest request;
  request.world = &world;
  request.row = unit.row;
  request.recipe = unit.recipe;
  request.marked = mechanism.marked;
  request.nr = unit.nr;
  request.threads = unit.threads;
  if (unit.placement != "free") {
    request.caller_cpu = 0;
    request.supervisor_cpu = unit.placement == "same" ? 0 : 1;
  }
  request.directory = world.Fresh("m");
  // Several Ushers run at the same time, and one that failed may have left records that nobody took.
  request.state = Concat(world.state(), request.directory.substr(request.directory.rfind('/')));
  return request;
}

double MeanPerCall(const BatchTimes& batch) {
  return static_cast<double>(batch.head.wall_ns) / static_cast<double>(std::max<uint64_t>(1, batch.head.calls));
}

// So that a batch takes about `batch_ms`, and every thread has at least a few.
uint32_t CallsFor(const BatchTimes& batch, int threads, double batch_ms) {
  const double wanted = batch_ms * 1e6 / std::max(1.0, MeanPerCall(batch)) / threads;
  return static_cast<uint32_t>(std::clamp(wanted, 4.0, 4000.0));
}

void Start(Contender& contender, const Unit& unit, const World& world, double batch_ms) {
  const SessionRequest request = RequestFor(unit, world, *contender.mechanism);
  if (link(world.caller().c_str(), (request.directory + "/nothing").c_str()) != 0) {
    contender.failure = "link of the program that ends at once";
    return;
  }
  contender.state = request.state;
  auto session = contender.mechanism->start(request);
  if (!session.ok()) {
    contender.failure = FromAbsl(session.status().message());
    return;
  }
  if (session->hello().prepared != 0) {
    contender.failure = Concat("cannot be prepared: ", std::strerror(session->hello().prepared));
    return;
  }
  if (absl::Status status = CheckState(*contender.mechanism, *session); !status.ok()) {
    contender.failure = FromAbsl(status.message());
    return;
  }
  contender.session.emplace(*std::move(session));
  // Two batches to get warm and to learn how many calls fill one.
  for (int i = 0; i < 2; ++i) {
    auto batch = contender.session->Run(contender.calls_each);
    if (!batch.ok()) {
      contender.failure = FromAbsl(batch.status().message());
      contender.session.reset();
      return;
    }
    contender.totals.calls += batch->head.calls;
    contender.totals.waits += batch->head.waits;
    contender.totals.handled += batch->handled;
    contender.calls_each = CallsFor(*batch, unit.threads, batch_ms);
  }
}

bool RunRound(Contender& contender, const Unit& unit) {
  auto batch = contender.session->Run(contender.calls_each);
  if (!batch.ok()) {
    contender.failure = FromAbsl(batch.status().message());
    return false;
  }
  contender.totals.calls += batch->head.calls;
  contender.totals.waits += batch->head.waits;
  contender.totals.handled += batch->handled;
  contender.wall_ns += static_cast<double>(batch->head.wall_ns);
  std::vector<double> times(batch->times.begin(), batch->times.end());
  contender.rounds.push_back(unit.threads == 1 ? Median(times) : MeanPerCall(*batch));
  contender.times.insert(contender.times.end(), batch->times.begin(), batch->times.end());
  return true;
}

void Finish(Contender& contender, const Unit& unit) {
  if (!contender.session) return;
  absl::Status ended = contender.session->Finish();
  contender.session.reset();
  if (!ended.ok()) contender.failure = FromAbsl(ended.message());
  auto witness = CheckTotals(*contender.mechanism, *unit.row, contender.totals, contender.state);
  if (!witness.ok() && contender.failure.empty()) contender.failure = FromAbsl(witness.status().message());
  if (witness.ok()) contender.witness = *witness;
  contender.totals = {};
}

Measurement Summary(const Contender& contender, const Unit& unit) {
  Measurement m;
  m.group = "call";
  m.name = unit.recipe->name;
  m.mechanism = contender.mechanism->name;
  m.threads = unit.threads;
  m.placement = unit.placement;
  m.unit = "ns";
  m.of = unit.threads == 1 ? "median latency of a call" : "time of a round divided by its calls";
  m.rounds = contender.rounds;
  m.calls = contender.times.size();
  m.per_second = static_cast<double>(m.calls) / contender.wall_ns * 1e9;
  m.witness = contender.witness;
  std::vector<double> times(contender.times.begin(), contender.times.end());
  std::sort(times.begin(), times.end());
  for (int percent = 0; percent <= 100; ++percent) {
    m.quantiles.push_back(times[(times.size() - 1) * static_cast<size_t>(percent) / 100]);
  }
  m.p50 = m.quantiles[50];
  m.p90 = m.quantiles[90];
  m.p99 = m.quantiles[99];
  Summarize(m);
  return m;
}

void AddRatios(std::vector<Measurement>& measurements, const Row& row) {
  const auto find = [&](std::string_view mechanism) -> const Measurement* {
    for (const Measurement& m : measurements) {
      if (m.mechanism == mechanism) return &m;
    }
    return nullptr;
  };
  const Measurement* native = find("native");
  for (Measurement& m : measurements) {
    if (native != nullptr) AddRatio(m, "native", native->rounds);
    const Measurement* minimal = find(MinimalFor(row, m.mechanism));
    if (minimal == nullptr || minimal == native) continue;
    m.minimal = minimal->mechanism;
    AddRatio(m, "minimal", minimal->rounds);
  }
}

std::string NameOf(const Unit& unit) {
  return Concat("call/", unit.recipe->name, "/", unit.threads, "/", unit.placement);
}

bool TakesPart(const Mechanism& mechanism, const Unit& unit, const Effort& effort) {
  const std::vector<std::string>& chosen = effort.mechanisms;
  return mechanism.applies(*unit.row, *unit.recipe) &&
         (chosen.empty() || std::find(chosen.begin(), chosen.end(), mechanism.name) != chosen.end());
}

void RunUnit(const Unit& unit, const Effort& effort, const World& world, Result& result) {
  std::vector<Contender> contenders;
  for (const Mechanism& mechanism : Mechanisms()) {
    if (TakesPart(mechanism, unit, effort)) contenders.push_back({.mechanism = &mechanism});
  }
  for (int restart = 0; restart < effort.restarts; ++restart) {
    for (Contender& contender : contenders) {
      if (contender.failure.empty()) Start(contender, unit, world, effort.batch_ms);
    }
    for (int round = 0; round < effort.rounds; ++round) {
      // Everybody once, beginning with another one each time.
      for (size_t i = 0; i < contenders.size(); ++i) {
        Contender& contender = contenders[(i + static_cast<size_t>(round)) % contenders.size()];
        if (contender.failure.empty() && contender.session) RunRound(contender, unit);
      }
    }
    for (Contender& contender : contenders) Finish(contender, unit);
  }
  std::vector<Measurement> measurements;
  bool native_failed = false;
  for (const Contender& contender : contenders) {
    if (contender.failure.empty()) {
      measurements.push_back(Summary(contender, unit));
    } else if (contender.mechanism->name == "native" &&
               (contender.failure.find("cannot be prepared") != std::string::npos)) {
      native_failed = true;  // this host cannot do it at all
      result.not_measured.push_back({NameOf(unit), contender.failure});
    } else if (contender.failure.ends_with(std::strerror(EMFILE))) {
      result.not_measured.push_back({Concat(NameOf(unit), "/", contender.mechanism->name), contender.failure});
    } else if (!native_failed) {
      result.failures.push_back({Concat(NameOf(unit), "/", contender.mechanism->name), contender.failure});
    }
  }
  AddRatios(measurements, *unit.row);
  for (Measurement& m : measurements) result.measurements.push_back(std::move(m));
}

// The rows that a quick run and the comparisons of places look at: one of each kind of enactment.
constexpr std::string_view kRepresentatives[] = {"getppid", "newfstatat", "openat",  "mkdirat", "renameat2",
                                                 "fchmod",  "kill",       "sendmsg", "execve"};

bool Represents(std::string_view name) {
  return std::find(std::begin(kRepresentatives), std::end(kRepresentatives), name) != std::end(kRepresentatives);
}

// Why a row is not called in a loop, or empty where it is.
std::string WhyNot(const Row& row, int nr) {
  if (nr < 0) return "";  // this architecture has no such call: nothing to tell
  if (FindRecipe(row.name) != nullptr) return "";
  for (const Unmeasured& unmeasured : UnmeasuredRows()) {
    if (unmeasured.name == row.name) return std::string(unmeasured.why);
  }
  if (row.treatment == Treatment::kRefused && row.tests.empty()) {
    return "refused by the filter alone, as clone3 and openat2 are, which stand for it";
  }
  if (row.tests.empty()) return "stays in the kernel, as getppid, read, write and newfstatat do, which stand for it";
  return "stays in the kernel but for a few arguments, as ioctl, prctl and setsockopt do, which stand for it";
}

double Estimate(const Unit& unit, const Effort& effort) {
  int mechanisms = 0;
  for (const Mechanism& mechanism : Mechanisms()) mechanisms += TakesPart(mechanism, unit, effort) ? 1 : 0;
  return effort.restarts * mechanisms * (0.03 + (effort.rounds + 2) * effort.batch_ms / 1000 * 1.3);
}

}  // namespace

void AddCallTasks(const Effort& effort, std::vector<Task>& tasks, std::vector<Note>& not_measured) {
  const auto add = [&](const Row& row, const Recipe& recipe, int nr, int threads, const std::string& placement) {
    const Unit unit{&row, &recipe, nr, threads, placement};
    tasks.push_back({NameOf(unit), Estimate(unit, effort),
                     [unit, effort](const World& world, Result& result) { RunUnit(unit, effort, world, result); }});
  };
  for (const Row& row : Table()) {
    const int nr = seccomp_syscall_resolve_name(std::string(row.name).c_str());
    if (const std::string why = WhyNot(row, nr); !why.empty()) not_measured.push_back({std::string(row.name), why});
    if (nr < 0 || FindRecipe(row.name) == nullptr || (effort.quick && !Represents(row.name))) continue;
    for (const Recipe* recipe : RecipesOf(row.name)) {
      for (const int threads : effort.threads) add(row, *recipe, nr, threads, "free");
    }
    const bool compare_places = effort.quick ? row.name == "openat" : Represents(row.name);
    if (!IsHeld(row) || !compare_places || sysconf(_SC_NPROCESSORS_ONLN) < 2) continue;
    for (const char* placement : {"same", "other"}) add(row, *FindRecipe(row.name), nr, 1, placement);
  }
}

}  // namespace usher::bench
