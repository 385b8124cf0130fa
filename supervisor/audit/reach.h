// What the policy let the sandbox reach, as lists of places. Places, not proofs: what decided each call is in the log.

#ifndef USHER_SUPERVISOR_AUDIT_REACH_H_
#define USHER_SUPERVISOR_AUDIT_REACH_H_

#include <string>
#include <vector>

#include "policies/ruleset.h"

namespace usher {

struct Reach {
  struct Places {
    std::vector<std::string> allowed, asked, denied, hidden;
  };
  Places read, write, exec;  // path patterns
  Places hosts, listen;      // "registry.example:443"
  Places sockets;
  std::vector<std::string> environment;  // names that were passed on
  std::vector<std::string> masked;
};

// A place stands under "allowed" only when the layers together allow it, whatever a single one says.
Reach ReachOf(const Ruleset& rules);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_REACH_H_
