// Servers outside that nobody inside may reach: they note whoever does.

#ifndef USHER_TESTS_ESCAPES_TRAPS_H_
#define USHER_TESTS_ESCAPES_TRAPS_H_

#include <string>
#include <vector>

#include "supervisor/kernel/unique_fd.h"

namespace usher::escapes {

class Traps {
 public:
  int Tcp();  // the port, on 127.0.0.1
  int Udp();
  void Unix(const std::string& path, unsigned owner);  // "@name": abstract

  // Waits a moment for what is under way.
  bool Sprung() const;

 private:
  std::vector<UniqueFd> sockets_;
};

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_TRAPS_H_
