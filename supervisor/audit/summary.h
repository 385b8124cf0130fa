// Totals of a run, kept while it goes on, so that the receipt needs no second reading of the log.
//
// Every list is bounded, because what fills it may be hostile; every total beside it stays true. Text is raw bytes: who
// shows it escapes it. Command lines are redacted already.

#ifndef USHER_SUPERVISOR_AUDIT_SUMMARY_H_
#define USHER_SUPERVISOR_AUDIT_SUMMARY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/audit/bounded_set.h"
#include "supervisor/audit/record.h"
#include "supervisor/audit/redact.h"

namespace usher {

class Summary {
 public:
  // `redactor`: the log's, so that no receipt says more than the log.
  explicit Summary(Redactor redactor) : redactor_(std::move(redactor)) {}

  void Add(const AuditRecord& record);
  void CountRead() { ++reads_; }  // an allowed read-only open that is counted, not logged

  struct Program {
    uint64_t runs = 0;
    std::string example;
  };  // example: redacted command line
  struct Host {
    uint64_t connects = 0;
    std::set<std::string> by;
    std::string rule;
  };
  struct Denied {
    uint64_t count = 0;
    std::string kind, object, rule, by;
    Verdict verdict = Verdict::kDeny;
    Risk risk = Risk::kOrdinary;
  };
  // Equal calls that got the same answer are one entry. open_ms: the longest that a question about it stood.
  struct Asked {
    std::string kind, object, answer, life, by;
    int64_t open_ms = 0;
    Risk risk = Risk::kOrdinary;
    uint64_t count = 0;
    std::optional<Operation> operation;  // where nobody answered; without its command line
  };
  // Done, though it touches a secret, is a door out of the sandbox, or is a place on the network that was allowed by
  // hand.
  struct Risky {
    uint64_t count = 0;
    std::string kind, object, rule;
    Risk risk = Risk::kOrdinary;
    bool by_hand = false;
  };

  const std::map<std::string, Program>& programs() const { return programs_; }
  const std::map<std::string, Host>& hosts() const { return hosts_; }      // "registry.example:443"
  const std::map<std::string, Host>& sockets() const { return sockets_; }  // unix sockets outside the sandbox
  const std::map<std::string, Host>& listens() const { return listens_; }  // ports opened: "127.0.0.1:3000"
  const std::map<std::string, Denied>& denied() const { return denied_; }
  const std::map<std::string, Risky>& risky() const { return risky_; }
  const std::vector<Asked>& asked() const { return asked_; }
  const std::set<std::string>& written() const { return written_.kept(); }      // bounded; see written_total
  const std::set<std::string>& run_later() const { return run_later_.kept(); }  // written files that run outside, later
  const std::set<std::string>& removed() const { return removed_.kept(); }
  uint64_t written_total() const { return written_.total(); }
  uint64_t run_later_total() const { return run_later_.total(); }
  uint64_t removed_total() const { return removed_.total(); }
  uint64_t programs_total() const { return programs_.size() + programs_beyond_.total(); }
  uint64_t hosts_total() const { return hosts_.size() + hosts_beyond_.total(); }
  uint64_t sockets_total() const { return sockets_.size() + sockets_beyond_.total(); }
  uint64_t listens_total() const { return listens_.size() + listens_beyond_.total(); }
  uint64_t denied_total() const { return denied_.size() + denied_beyond_.total(); }  // different things, not calls
  uint64_t risky_total() const { return risky_.size() + risky_beyond_.total(); }
  // Looks at processes outside, which ps takes at all there are: they were shown as absent, and nobody tried anything.
  uint64_t looks() const { return looks_; }
  uint64_t denied_calls() const { return denied_calls_; }
  uint64_t asked_total() const { return asked_.size() + asked_beyond_.total(); }
  uint64_t asked_calls() const { return asked_calls_; }
  uint64_t reads() const { return reads_; }
  uint64_t execs() const { return execs_; }
  // False when even a total above is only a lower bound: more than a million different names of one kind.
  bool totals_exact() const;

 private:
  void AddDone(const AuditRecord& record);
  void AddFile(const FileOperation& file, Risk risk);
  void AddExec(const ExecOperation& exec);
  void AddRisky(const AuditRecord& record);
  void AddRefused(const AuditRecord& record);
  void AddAnswer(const AuditRecord& record);

  Redactor redactor_;
  std::map<std::string, Program> programs_;
  std::map<std::string, Host> hosts_, sockets_, listens_;
  std::map<std::string, Denied> denied_;
  std::map<std::string, Risky> risky_;
  std::vector<Asked> asked_;                    // in the order of the first answers
  std::map<std::string, size_t> asked_places_;  // where in asked_
  BoundedSet written_, run_later_, removed_;
  DistinctCount programs_beyond_, hosts_beyond_, sockets_beyond_, listens_beyond_, denied_beyond_, risky_beyond_,
      asked_beyond_;
  uint64_t denied_calls_ = 0, asked_calls_ = 0, reads_ = 0, execs_ = 0, looks_ = 0;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_SUMMARY_H_
