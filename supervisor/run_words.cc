#include "supervisor/run_words.h"

#include <cstdlib>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/confine/host_report.h"
#include "supervisor/confine/host_tier.h"

namespace usher {
namespace {

// What the weakest tier cannot tell apart, and so either refuses or lets happen.
constexpr const char* kOfAStaticRun[] = {
    "no call was held: nobody was asked, nothing was recorded, and only what the policy surely allowed at the start "
    "worked",
    "no network and no unix sockets, whatever the policy allows: hosts cannot be told apart",
    "modes, owners, times and attributes of files could not be changed; /proc and devices could not be opened",
    "files that run later (git hooks, CI files) were shut where they existed at the start, and their directories with "
    "them; elsewhere new ones could be made without a question",
    "programs by place: rules about their arguments were not applied, and what started was not compared"};

bool IsDeadly(const HostLine& line) {
  for (const char* key : {"no_new_privs", "seccomp_filter", "new_listener", "add_fd", "process_vm_readv", "trace_calls",
                          "pidfd_getfd", "openat2", "landlock"}) {
    if (line.key == key) return line.state == HostLine::State::kMissing && !line.mend.empty();
  }
  return false;
}

// Of what the host lacks, that which was found out.
HostFeatures WithoutUntried(HostFeatures features) {
  for (Attempt HostFeatures::*place :
       {&HostFeatures::new_listener, &HostFeatures::wait_killable, &HostFeatures::add_fd, &HostFeatures::add_fd_send,
        &HostFeatures::pidfd_open, &HostFeatures::pidfd_getfd, &HostFeatures::process_vm_readv,
        &HostFeatures::ptrace_seize, &HostFeatures::trace_calls, &HostFeatures::openat2}) {
    if ((features.*place).error == Attempt::kUntried) (features.*place).error = 0;
  }
  return features;
}

}  // namespace

std::string EngineText(const Intercepted& run, bool gate) {
  std::string engine(run.interceptor ? run.interceptor->name() : "fixed seccomp filter");
  if (run.found.landlock_abi != 0) AppendTo(engine, " + Landlock ABI ", run.found.landlock_abi);
  if (gate) engine += " + gate";
  return engine;
}

std::vector<std::string> NotEnforcedBy(const Intercepted& run) {
  if (!run.interceptor) {
    std::vector<std::string> sentences(std::begin(kOfAStaticRun), std::end(kOfAStaticRun));
    for (const std::string& why : NotEnforced(WithoutUntried(run.found))) sentences.push_back(why);
    return sentences;
  }
  std::vector<std::string> sentences = NotEnforced(run.found);
  if (!run.taken.empty()) {
    std::string names;
    for (const std::string& name : run.taken) AppendTo(names, names.empty() ? "" : ", ", name);
    sentences.push_back(Concat("refused inside, for somebody else's listener would answer first: ", names));
  }
  return sentences;
}

std::string OuterRun() {
  const char* outer = std::getenv("USHER_SESSION");
  return outer == nullptr ? "" : outer;
}

std::string WhyNotHere() {
  // Below somebody else's supervisor everything that follows is his doing.
  if (const std::string outer = OuterRun(); !outer.empty()) {
    return Concat("this is inside a run of usher already (", Escape(outer),
                  "), which judges every call here; leave `usher run --` out");
  }
  const HostReport report = ReportOn(Probe());
  std::string text = "no call can be judged here, so the command was not started:";
  for (const HostLine& line : report.lines) {
    if (IsDeadly(line))
      AppendTo(text, "\n  ", line.feature, " ", line.found, ": ", line.effect, "\n    mend: ", line.mend);
  }
  if (report.tier == HostTier::kStatic) {
    text += "\nor accept fixed limits, without questions and without a record: usher run --allow-degraded …";
  }
  return Concat(text, "\n`usher doctor` has the rest");
}

std::string WhyNotStrict(const std::vector<std::string>& missing) {
  std::string text = "--strict: this run would not be held by everything:";
  for (const std::string& sentence : missing) AppendTo(text, "\n  ", sentence);
  return Concat(text, "\n`usher doctor` says how to mend it");
}

}  // namespace usher
