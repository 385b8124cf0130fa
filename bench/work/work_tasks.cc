// What does real work cost? Each workload in turns, natively, in Usher, and in the peers that are installed.

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_replace.h"
#include "bench/mechanisms/evidence.h"
#include "bench/suite.h"
#include "bench/work/peers.h"
#include "bench/work/process_run.h"
#include "bench/work/workload.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

struct Contender {
  const Peer* peer;
  std::vector<double> rounds, held;  // ms of a run; calls of it that waited for Usher
  std::string witness, failure;
};

ProcessRun Script(std::string_view script, const std::string& directory) {
  return RunProcess({"/bin/sh", "-c", std::string(script)}, directory);
}

std::string Ended(const ProcessRun& run) {
  return Concat("exit code ", run.exit_code, ": ",
                run.output.substr(run.output.size() > 200 ? run.output.size() - 200 : 0));
}

bool IsUsher(const Peer& peer) { return peer.name.starts_with("usher"); }

// One timed run; empty, or what was wrong.
void RunOnce(const Workload& work, const World& world, const std::string& directory, Contender& contender,
             bool counts) {
  if (!work.before.empty()) {
    const ProcessRun before = Script(work.before, directory);
    if (before.exit_code != 0) contender.failure = Concat("what comes before a round: ", Ended(before));
  }
  const ProcessRun run = RunProcess(contender.peer->wrap(world, directory, {"/bin/sh", "-c", std::string(work.timed)}), directory);
  // Taken in any case: what a failed run leaves is not the next one's.
  const UsherRecords records = TakeUsherRecords(world.state(), "execve");
  if (run.exit_code != 0) {
    contender.failure = Ended(run);
    return;
  }
  if (counts) contender.rounds.push_back(run.wall_ms);
  if (!IsUsher(*contender.peer)) return;
  if (counts) contender.held.push_back(static_cast<double>(records.held));
  if (records.runs != 1 || records.log_lines < 2 || records.lines < 1) {
    contender.failure = Concat("Usher left ", records.runs, " receipts, and ", records.lines, " lines about execs");
  }
  contender.witness = Concat("log: ", records.log_lines, " lines, ", records.log_bytes,
                             " bytes; receipt: ", records.reads, " reads, ", records.denied, " denied");
}

// What `rounds` of a contender come to.
Measurement MeasurementOf(const Workload& work, const Contender& contender, const std::vector<double>& rounds) {
  Measurement m;
  m.name = work.name;
  m.mechanism = contender.peer->name;
  m.rounds = rounds;
  Summarize(m);
  return m;
}

// Counted, and so the same on any machine: what a change of the filter, the gate or the floor shows in first.
Measurement HeldCalls(const Workload& work, const Contender& contender) {
  Measurement m = MeasurementOf(work, contender, contender.held);
  m.group = "held";
  m.unit = "calls";
  m.of = "calls of a run that waited for Usher";
  m.witness = "receipt";
  return m;
}

void RunWorkload(const Workload& work, const Effort& effort, const World& world, Result& result) {
  WritePolicies(world, work.files);
  const std::string directory = world.Fresh("w");
  if (!work.once.empty()) {
    const ProcessRun once = Script(work.once, directory);
    if (once.exit_code != 0) {
      result.failures.push_back({Concat("work/", work.name), Concat("cannot be made ready: ", Ended(once))});
      return;
    }
  }
  std::vector<Contender> contenders;
  for (const Peer& peer : Peers()) {
    if (!peer.program.empty() && (!IsInstalled(peer.program) || (effort.quick && peer.program != "bwrap"))) continue;
    contenders.push_back({.peer = &peer});
  }
  for (Contender& contender : contenders) RunOnce(work, world, directory, contender, false);  // caches get warm
  for (int round = 0; round < effort.work_rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      Contender& contender = contenders[(i + static_cast<size_t>(round)) % contenders.size()];
      if (contender.failure.empty()) RunOnce(work, world, directory, contender, true);
    }
  }
  const std::vector<double> native = contenders[0].rounds;
  for (const Contender& contender : contenders) {
    if (!contender.failure.empty()) {
      // What a peer cannot do here is worth knowing, and no failure of the suite.
      Note note{Concat("work/", work.name, "/", contender.peer->name), contender.failure};
      absl::StrReplaceAll({{world.root(), "…"}}, &note.text);  // another one each time
      (contender.peer->program.empty() ? result.failures : result.not_measured).push_back(note);
      continue;
    }
    Measurement m = MeasurementOf(work, contender, contender.rounds);
    m.group = "work";
    m.unit = "ms";
    m.of = "wall time of a run";
    m.witness = contender.witness;
    AddRatio(m, "native", native);
    result.measurements.push_back(std::move(m));
    if (!contender.held.empty()) result.measurements.push_back(HeldCalls(work, contender));
  }
  // Out of the workspace, and removed when all is measured (see kWorkloads).
  std::error_code ignored;
  std::filesystem::rename(directory, Concat(world.root(), "/tmp", directory.substr(directory.rfind('/'))), ignored);
}

}  // namespace

void AddWorkTasks(const Effort& effort, std::vector<Task>& tasks, std::vector<Note>& not_measured) {
  int peers = 0;
  for (const Peer& peer : Peers()) {
    const bool there = peer.program.empty() || IsInstalled(peer.program);
    peers += there && (!effort.quick || peer.program.empty() || peer.program == "bwrap") ? 1 : 0;
    if (!there) not_measured.push_back({Concat("work/*/", peer.name), Concat(peer.program, " is not installed")});
  }
  for (const Workload& work : Workloads()) {
    if (effort.quick && !work.quick) continue;
    bool all_there = true;
    for (const std::string_view program : SplitSkipEmpty(work.needs, ' ')) all_there &= IsInstalled(program);
    if (!all_there) {
      not_measured.push_back({Concat("work/", work.name), Concat("needs ", work.needs)});
      continue;
    }
    tasks.push_back(
        {Concat("work/", work.name), (effort.work_rounds + 1) * peers * work.seconds * 2 + 1,
         [&work, effort](const World& world, Result& result) { RunWorkload(work, effort, world, result); }});
  }
}

}  // namespace usher::bench
