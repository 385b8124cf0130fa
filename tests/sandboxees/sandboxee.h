// A program for the inside of the box: `sandboxee NAME ARGUMENTS…` makes one call, or the few that belong together, and
// says on one line what came of it: "ok", an errno's name, or what the case is about.

#ifndef USHER_TESTS_SANDBOXEES_SANDBOXEE_H_
#define USHER_TESTS_SANDBOXEES_SANDBOXEE_H_

#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace usher::sandboxee {

using Arguments = std::vector<std::string>;

struct Case {
  const char* name;
  std::string (*run)(const Arguments& arguments);
};

// "ok", or why not.
inline std::string Said(long result) { return result < 0 ? strerrorname_np(errno) : "ok"; }

std::span<const Case> FileCases();
std::span<const Case> SocketCases();
std::span<const Case> ProcessCases();
std::span<const Case> KernelCases();
std::span<const Case> GateCases();

}  // namespace usher::sandboxee

#endif  // USHER_TESTS_SANDBOXEES_SANDBOXEE_H_
