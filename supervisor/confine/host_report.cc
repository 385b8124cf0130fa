#include "supervisor/confine/host_report.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "policies/text.h"

namespace usher {
namespace {

// One feature: what it is good for, and what is lost without it.
struct ReportRow {
  std::string_view feature, key;
  Attempt HostFeatures::*place;
  std::string_view with, without;
};
constexpr ReportRow kRows[] = {
    {"no_new_privs", "no_new_privs", &HostFeatures::no_new_privs, "set-user-id programs gain nothing inside",
     "no sandbox at all"},
    {"seccomp filter", "seccomp_filter", &HostFeatures::seccomp_filter, "unknown and dangerous calls are refused",
     "no call can be refused or judged"},
    {"seccomp listener", "new_listener", &HostFeatures::new_listener, "sensitive calls wait for the monitor's verdict",
     "calls stop for a tracer instead: slower, and no debugger works inside"},
    {"listener: killable wait", "wait_killable", &HostFeatures::wait_killable,
     "signals do not make a waiting call start anew",
     "a signal ends a waiting call with EINTR, or makes it start anew"},
    {"listener: add descriptor", "add_fd", &HostFeatures::add_fd, "the monitor opens files itself and hands them over",
     "files cannot be opened on the sandbox's behalf: writes are refused"},
    {"listener: add and reply", "add_fd_send", &HostFeatures::add_fd_send, "handing over is one step",
     "handing over takes two steps; a descriptor may be left over when a call is interrupted"},
    {"listener: same-CPU wake-up", "sync_wake_up", &HostFeatures::sync_wake_up, "mediated calls are fast",
     "mediated calls cost more time; nothing is enforced less"},
    {"pidfd_open", "pidfd_open", &HostFeatures::pidfd_open, "processes are named so that ids cannot be reused",
     "no run can be started: the keeper could not be told from a stranger with its number"},
    {"pidfd_getfd", "pidfd_getfd", &HostFeatures::pidfd_getfd, "sockets are judged, and used on the sandbox's behalf",
     "sockets cannot be judged: connect, bind and sending to an address are refused"},
    {"process_vm_readv", "process_vm_readv", &HostFeatures::process_vm_readv, "arguments of calls are read and judged",
     "arguments cannot be read, and what cannot be read is refused"},
    {"ptrace of own children", "ptrace_seize", &HostFeatures::ptrace_seize,
     "what really starts is checked before its first instruction",
     "a program is judged by the path it asked for; rules about its arguments are advice"},
    {"tracing of calls", "trace_calls", &HostFeatures::trace_calls,
     "where a listener cannot be had, calls stop for a tracer: the same verdicts, slower, and no debugger inside",
     "no second way to judge calls, should a listener not be given"},
    {"Landlock", "landlock", &HostFeatures::landlock,
     "the kernel itself bounds what can be read and run, and writes nothing",
     "no floor below the monitor: it alone bounds what can be read and run"},
    {"openat2", "openat2", &HostFeatures::openat2, "paths are resolved without races",
     "paths cannot be resolved safely, so files are refused"},
    {"close_range", "close_range_unshare", &HostFeatures::close_range_unshare, "no descriptor leaks into the sandbox",
     "no run can be started: descriptors would leak into the sandbox"},
};

// What is lost without it here.
std::string_view WithoutOf(const ReportRow& row, const HostFeatures& features) {
  if (row.place == &HostFeatures::pidfd_getfd && AsksForDescriptors(features)) {
    return "sockets and watches are handed over by their owner, at a short stop: judged as ever, but slower, refused "
           "to what "
           "a debugger inside holds, and abstract sockets inside are not dialled";
  }
  return row.without;
}

bool InContainer(const HostFeatures& features) { return features.container[0] != '\0'; }

bool YamaRefuses(const HostFeatures& features) { return features.yama_scope >= 2; }

// Something that only a newer kernel, or one with the option switched on, has.
bool IsAbsent(const Attempt& attempt) { return attempt.error == ENOSYS || attempt.error == EINVAL; }

std::string YamaMend(const HostFeatures& features) {
  if (features.yama_scope == 3) {
    return "boot with kernel.yama.ptrace_scope=1 in /etc/sysctl.d (3 cannot be lowered while the host runs)";
  }
  return "sudo sysctl kernel.yama.ptrace_scope=1";
}

// A filter that refuses, and nothing else to blame: in a container it is the container's.
std::string RefusedMend(const HostFeatures& features, std::string_view option) {
  if (InContainer(features)) return Concat("start the container with ", option);
  return "start usher outside of the sandbox or service that filters this call";
}

struct Since {
  std::string_view key, kernel;
};
constexpr Since kSince[] = {
    {"new_listener", "5.5"},        {"wait_killable", "5.19"}, {"add_fd", "5.9"},      {"add_fd_send", "5.14"},
    {"sync_wake_up", "6.6"},        {"pidfd_open", "5.3"},     {"pidfd_getfd", "5.6"}, {"openat2", "5.6"},
    {"close_range_unshare", "5.9"}, {"landlock", "5.13"},
};

std::string NewerKernel(std::string_view key) {
  for (const Since& since : kSince) {
    if (since.key == key) return Concat("boot Linux ", since.kernel, " or newer");
  }
  return "boot a kernel that has it";
}

std::string MendFor(const ReportRow& row, const Attempt& attempt, const HostFeatures& features) {
  constexpr std::string_view kUnfiltered = "--security-opt seccomp=unconfined";
  if (row.place == &HostFeatures::landlock) {
    if (attempt.error == EOPNOTSUPP) return "add landlock to the list in the kernel's boot option lsm=";
    if (attempt.error == ENOSYS) return "boot Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK=y";
    return RefusedMend(features, kUnfiltered);
  }
  if (attempt.error == EBUSY) {
    return "start usher outside of what already supervises this process tree (another usher, a container or WSL "
           "supervisor): a tree has one listener";
  }
  const bool reaches = row.place == &HostFeatures::process_vm_readv || row.place == &HostFeatures::ptrace_seize ||
                       row.place == &HostFeatures::pidfd_getfd;
  if (reaches && YamaRefuses(features)) return YamaMend(features);
  if (row.place == &HostFeatures::trace_calls) {
    if (YamaRefuses(features)) return YamaMend(features);
    return RefusedMend(features, "--cap-add SYS_PTRACE");
  }
  if (IsAbsent(attempt)) return NewerKernel(row.key);
  if (reaches) return RefusedMend(features, "--cap-add SYS_PTRACE");
  return RefusedMend(features, kUnfiltered);
}

// What the listener lacks follows from its being absent: said once.
bool FollowsFromListener(const ReportRow& row, const HostFeatures& features) {
  return !features.new_listener.ok() && row.place != &HostFeatures::new_listener &&
         row.feature.starts_with("listener:");
}

// What an older Landlock does not know. The monitor judges it in any case; there is just nothing below it.
std::string LeftToMonitor(int abi) {
  constexpr std::pair<int, std::string_view> kSinceAbi[] = {
      {3, "truncating"}, {4, "TCP"}, {5, "devices"}, {6, "signals and abstract sockets"}};
  std::string list;
  for (const auto& [since, what] : kSinceAbi) {
    if (abi < since) AppendTo(list, list.empty() ? "; the monitor alone: " : ", ", what);
  }
  return list;
}

HostLine LineFor(const ReportRow& row, const HostFeatures& features) {
  const Attempt& attempt = features.*row.place;
  HostLine line{.feature = std::string(row.feature), .key = std::string(row.key), .found = ToString(attempt)};
  if (attempt.ok()) {
    line.state = HostLine::State::kWorks;
    line.effect = row.with;
    if (row.place == &HostFeatures::landlock) {
      AppendTo(line.found, ", ABI ", features.landlock_abi);
      AppendTo(line.effect, LeftToMonitor(features.landlock_abi));
    }
    if (row.place == &HostFeatures::trace_calls && features.calls_taken > 0) {
      AppendTo(line.effect, "; ", features.calls_taken, " calls that somebody else's listener takes are refused");
    }
    return line;
  }
  line.state = HostLine::State::kMissing;
  if (FollowsFromListener(row, features)) {
    line.effect = "needs the listener";
    return line;
  }
  line.effect = WithoutOf(row, features);
  line.mend = MendFor(row, attempt, features);
  return line;
}

HostLine Information(std::string_view feature, std::string_view key, std::string found, std::string_view effect) {
  return {.feature = std::string(feature),
          .key = std::string(key),
          .found = std::move(found),
          .effect = std::string(effect)};
}

void AddInformation(std::vector<HostLine>& lines, const HostFeatures& features) {
  constexpr uint64_t kSysPtrace = uint64_t{1} << 19, kSysAdmin = uint64_t{1} << 21;  // linux/capability.h
  lines.push_back(
      Information("Yama", "yama", features.yama_scope < 0 ? "absent" : Concat("ptrace_scope ", features.yama_scope),
                  features.yama_scope < 2 ? "does not stand in the way" : "forbids looking into processes"));
  lines.push_back(Information("user namespaces", "user_namespace", ToString(features.user_namespace),
                              "Usher needs none; the sandbox gets none"));
  lines.push_back(Information("container", "container", InContainer(features) ? features.container : "none that shows",
                              "its own limits hold as well"));
  std::string who = Concat("uid ", features.uid);
  if (features.capabilities == 0) {
    who += ", no capabilities";
  } else {
    AppendTo(who, ", ", std::popcount(features.capabilities), " capabilities",
             (features.capabilities & kSysAdmin) != 0 ? ", SYS_ADMIN" : "",
             (features.capabilities & kSysPtrace) != 0 ? ", SYS_PTRACE" : "");
  }
  lines.push_back(Information("running as", "user", who,
                              features.uid == 0 || features.capabilities != 0
                                  ? "Usher needs no rights and gives them up before the sandbox starts"
                                  : "Usher needs no rights"));
}

}  // namespace

std::string ToString(const Attempt& attempt) {
  if (attempt.ok()) return "works";
  if (attempt.error == Attempt::kUntried) return "not tried";
  if (attempt.error == Attempt::kUnwanted) return "not wanted (--mechanism)";
  if (attempt.error == Attempt::kHung) return "no answer in time";
  if (attempt.error >= Attempt::kKilled) return Concat("killed by signal ", attempt.error - Attempt::kKilled);
  const char* name = strerrorname_np(attempt.error);
  const std::string error = name != nullptr ? name : Concat("errno ", attempt.error);
  switch (attempt.error) {
    case EBUSY:
      return Concat("busy (", error, ")");
    case ENOSYS:
    case EINVAL:
      return Concat("not in this kernel (", error, ")");
    case EOPNOTSUPP:
      return Concat("switched off (", error, ")");
    case EPROTO:
      return Concat("accepted, but without effect (", error, ")");
    default:
      return Concat("refused (", error, ")");
  }
}

std::vector<std::string> NotEnforced(const HostFeatures& features) {
  std::vector<std::string> sentences;
  for (const ReportRow& row : kRows) {
    const Attempt& attempt = features.*row.place;
    // Speed and tidiness are no protection.
    const bool spare = row.place == &HostFeatures::trace_calls && features.new_listener.ok();
    const bool protects =
        !spare && row.place != &HostFeatures::sync_wake_up && row.place != &HostFeatures::close_range_unshare;
    if (attempt.ok() || !protects || FollowsFromListener(row, features)) continue;
    sentences.push_back(Concat(row.feature, " ", ToString(attempt), ": ", WithoutOf(row, features)));
  }
  return sentences;
}

HostReport ReportOn(const HostFeatures& features) {
  HostReport report;
  for (const ReportRow& row : kRows) report.lines.push_back(LineFor(row, features));
  AddInformation(report.lines, features);
  report.tier = TierOf(features);
  report.sentence = SentenceFor(report.tier);
  return report;
}

}  // namespace usher
