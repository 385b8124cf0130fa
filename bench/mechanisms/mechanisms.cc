#include <linux/seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "bench/mechanisms/filter.h"
#include "bench/mechanisms/mechanism.h"
#include "bench/mechanisms/minimal.h"

namespace usher::bench {
namespace {

// Rows whose recipe uses arguments that a test of the filter lets through.
bool RecipeStaysNative(const Row& row) {
  return row.treatment == Treatment::kNative && row.name != "fcntl";  // whose recipe is F_SETOWN
}

bool Always(const Row&, const Recipe&) { return true; }

// Of a row that has a gate: a file of the system is below the floor, one that the measured process made is not.
bool Gated(const Row& row, const Recipe& recipe) { return row.gate && recipe.name != row.name; }
bool GateMisses(const Row& row, const Recipe& recipe) { return row.gate && recipe.name == row.name; }

// The bare price of a stop, on a call that costs nothing itself, and every row that Usher holds.
bool Stops(const Row& row, const Recipe&) { return row.name == "getppid" || IsHeld(row); }
// The same by a supervisor that other things can wake as well, where the mere stop is what counts.
bool WaitsForMore(const Row& row, const Recipe&) { return row.name == "getppid" || row.name == "kill"; }
bool IsBrokered(const Row& row, const Recipe&) {
  switch (row.allow_by) {
    case AllowBy::kNothing:
    case AllowBy::kContinue:
    case AllowBy::kExec:
    case AllowBy::kSignalByDescriptor:  // the smallest loop would signal as itself, which is another thing
    case AllowBy::kSendMessages:        // kSendMessage, in a loop
      return false;
    default:
      return true;
  }
}

absl::StatusOr<Session> StartNative(const SessionRequest& request) {
  return Session::Start([&](Shared&) { ExecOrDie(CallerArguments(request)); });
}

absl::StatusOr<Session> StartFiltered(const SessionRequest& request) {
  return Session::Start([&](Shared&) {
    if (InstallFilter(request.nr, SECCOMP_RET_ALLOW, false) < 0) _exit(1);
    ExecOrDie(CallerArguments(request));
  });
}

absl::StatusOr<Session> StartOnFloor(const SessionRequest& request) {
  return Session::Start([&](Shared&) {
    if (!InstallFloor(request.world->work().c_str())) _exit(1);
    ExecOrDie(CallerArguments(request));
  });
}

absl::StatusOr<Session> StartFilteredOnFloor(const SessionRequest& request) {
  return Session::Start([&](Shared&) {
    if (!InstallFloor(request.world->work().c_str()) || InstallFilter(request.nr, SECCOMP_RET_ALLOW, false) < 0)
      _exit(1);
    ExecOrDie(CallerArguments(request));
  });
}

template <void (*supervise)(const SessionRequest&, Shared&)>
absl::StatusOr<Session> StartSupervised(const SessionRequest& request) {
  return Session::Start([&](Shared& shared) { supervise(request, shared); });
}

absl::StatusOr<Session> StartUsher(const SessionRequest& request) {
  return Session::Start([&](Shared&) {
    PinOrDie(request.supervisor_cpu);
    setenv("USHER_STATE", request.state.c_str(), 1);
    if (chdir(request.world->work().c_str()) != 0) _exit(1);
    std::vector<std::string> argv = {request.world->usher(), "run", "-q", "--unattended"};
    if (request.marked) argv.push_back("--gate");
    argv.push_back("--");
    for (std::string& word : CallerArguments(request)) argv.push_back(std::move(word));
    ExecOrDie(argv);
  });
}

constexpr Mechanism kMechanisms[] = {
    {"native", "", Witness::kNoFilter, Always, StartNative},
    {"seccomp allow", "", Witness::kFilter, Always, StartFiltered},
    {"floor only", "", Witness::kFloor, Always, StartOnFloor},
    {"floor and filter", "gate", Witness::kFloor, Gated, StartFilteredOnFloor},
    {"notify continue", "continue", Witness::kSupervisorCount, Stops, StartSupervised<SuperviseByContinue>},
    {"notify continue, epoll", "", Witness::kSupervisorCount, WaitsForMore, StartSupervised<SuperviseByEpoll>},
    {"notify brokered", "broker", Witness::kSupervisorCount, IsBrokered, StartSupervised<SuperviseByBroker>},
    {"ptrace", "trace", Witness::kSupervisorCount, Stops, StartSupervised<SuperviseByPtrace>},
    {"usher", "", Witness::kUsherRecords, Always, StartUsher},
    {"usher, gate", "", Witness::kUsherGate, Gated, StartUsher, true},
    {"usher, gate missed", "", Witness::kUsherRecords, GateMisses, StartUsher, true},
};

}  // namespace

std::span<const Mechanism> Mechanisms() { return kMechanisms; }

bool IsHeld(const Row& row) { return row.allow_by != AllowBy::kNothing && !RecipeStaysNative(row); }

std::string_view MinimalFor(const Row& row, std::string_view mechanism) {
  if (mechanism == "usher, gate") return "floor and filter";
  if (mechanism == "usher, gate missed") return "usher";
  if (mechanism != "usher") return "";
  if (!IsHeld(row)) return "native";
  return IsBrokered(row, *FindRecipe(row.name)) ? "notify brokered" : "notify continue";
}

}  // namespace usher::bench
