#include "bench/report/aims.h"

#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "bench/report/text_table.h"

namespace usher::bench {
namespace {

struct Aim {
  std::string what, key, reference;  // without a reference the value itself counts
  double at_most;
  std::string why;  // it is missed, when it is
};

std::vector<Aim> Aims() {
  return {
      {"held, and carried on by the kernel (kill) / smallest loop", CallKey("kill", "usher", 1, "free"), "minimal",
       1.15,
       "waits in epoll, for more than the listener can wake it (*notify continue, epoll*), and asks "
       "whether the target is in the sandbox"},
      {"brokered openat / smallest loop", CallKey("openat", "usher", 1, "free"), "minimal", 1.3,
       "opens twice: first a handle, to learn which object the name leads to (fstat, readlink), then the "
       "object that was judged, whatever the name says by then"},
      {"open through the gate / below floor and filter", CallKey("openat (system)", "usher, gate", 1, "free"),
       "minimal", 1.1, "the stub looks at the flags and the name before its call"},
      {"open that the gate misses / held at once", CallKey("openat", "usher, gate missed", 1, "free"), "minimal", 1.25,
       "the call is made, fails at the floor and is made again, held"},
      {"execve / native", CallKey("execve", "usher", 1, "free"), "native", 1.25,
       "the file and its loader are looked up and judged, and a stop after the exec sees whether that is what runs"},
      {"decide among 1,000 rules, ns", "part/decide, 1,000 rules", "", 1000, ""},
      {"decide among 100,000 rules, ns", "part/decide, 100,000 rules", "", 1000, ""},
      {"memory of the supervisor, bytes", "size/supervisor, idle", "", 15e6, ""},
      {"memory per 1,000 processes, bytes", "size/supervisor, per 1,000 processes", "", 1e6, ""},
  };
}

}  // namespace

Table AimTable(const Result& result) {
  Table table{"Aims",
              "Missed on a noisy or a virtual machine need not mean missed; see the noise above.",
              {"aim", "at most", "measured", "", "what it goes into"},
              {}};
  const auto add = [&](const std::string& what, const std::string& limit, const std::string& measured, bool met,
                       const std::string& why) {
    table.rows.push_back({what, limit, measured, met ? "met" : "missed", met ? "" : why});
  };
  for (const Aim& aim : Aims()) {
    const Measurement* m = Find(result, aim.key);
    if (m == nullptr || (!aim.reference.empty() && !m->ratios.contains(aim.reference))) continue;
    const Interval value = aim.reference.empty() ? m->value : m->ratios.at(aim.reference).value;
    const bool plain = aim.reference.empty();
    add(aim.what, plain ? InUnit(aim.at_most, m->unit) : absl::StrFormat("%.2f", aim.at_most),
        plain ? InUnit(value.mid, m->unit) : WithInterval(value), value.mid <= aim.at_most, aim.why);
  }
  const std::string start =
      "more of it is processes than Usher's own work: Usher is one more program to load (*load the program*), and the "
      "one in the box is started by way of another; its own are the other steps below, of which the floor lists "
      "the workspace";
  const Measurement* whole = Find(result, "start/usher run -- true");
  const Measurement* native = Find(result, "start/true, natively");
  if (whole != nullptr && native != nullptr) {
    const double over = whole->value.mid - native->value.mid;
    add("start-up over native", "5 ms", InUnit(over, "ms"), over <= 5, start);
  }
  const Measurement* ours = Find(result, "work/true/usher");
  const Measurement* theirs = Find(result, "work/true/bubblewrap");
  if (ours != nullptr && theirs != nullptr) {
    add("start-up of true, not above bubblewrap's", InUnit(theirs->value.mid, "ms"), InUnit(ours->value.mid, "ms"),
        ours->value.mid <= theirs->value.mid, start);
  }
  const Measurement* one = Find(result, CallKey("openat", "usher", 1, "free"));
  const Measurement* many = Find(result, CallKey("openat", "usher", 64, "free"));
  if (one != nullptr && many != nullptr) {
    add("brokered openat with 64 threads, a second: not below one thread's", absl::StrFormat("≥ %.0f", one->per_second),
        absl::StrFormat("%.0f", many->per_second), many->per_second >= one->per_second,
        "one thread of Usher's answers all, and 64 callers want its processor");
  }
  return table;
}

}  // namespace usher::bench
