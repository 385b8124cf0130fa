// Who is in the sandbox, and what is known of each process: ancestry, program, arguments.

#ifndef USHER_SUPERVISOR_TRACEE_PROCESS_TABLE_H_
#define USHER_SUPERVISOR_TRACEE_PROCESS_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policies/subject.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// Membership is never a list that could be stale: every process of the sandbox descends from the keeper, which is its
// subreaper, so the chain of parents decides at the moment of the question.
class ProcessTable {
 public:
  explicit ProcessTable(int32_t keeper) : keeper_(keeper) {}

  // `id` is a thread or a process. A thread that is gone is not inside.
  bool Inside(int32_t id) const;

  // Whether a process group consists of the sandbox's processes. Groups lie within a session, and the sandbox has sessions
  // of its own, so one member decides.
  bool GroupInside(int32_t group) const;

  // What a program was started with, taken at its exec, when nobody else could write to it. Whoever made the exec was
  // described when it was judged, if it leads its process.
  void NoteExec(int32_t pid, std::string exe, std::vector<std::string> argv);

  // Its program may be another one any moment: what is known of it holds no more.
  void Forget(int32_t pid);

  // Who makes a call, but for its working directory, which no exec announces. Costs a few reads of /proc the first time a
  // program is seen, one afterwards, or none for those that were seen last.
  Subject Describe(int32_t tid);

  // With its working directory of this moment: one read more, for whom a person reads about.
  Subject DescribeWithDirectory(int32_t tid);

 private:
  struct Known {
    uint64_t start_ticks = 0;
    std::string exe;
    std::vector<std::string> argv;
  };
  struct Description {
    Subject subject;
    bool whole = true;  // with all its ancestors; else it is not remembered
  };
  Description Describe(int32_t tid, int ancestors);
  void Watch(int32_t pid, uint64_t start_ticks);

  int32_t keeper_;
  absl::flat_hash_map<int32_t, Known> known_;        // by process id, checked by start time
  absl::flat_hash_map<int32_t, Subject> described_;  // by thread id, checked by start time; dropped at exec
  absl::flat_hash_map<int32_t, UniqueFd> watched_;   // pidfds of some that are described: cheaper to ask than /proc
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_PROCESS_TABLE_H_
