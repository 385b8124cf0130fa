// In which ways is a command run: natively, in Usher, in each peer that this host has.

#ifndef USHER_BENCH_WORK_PEERS_H_
#define USHER_BENCH_WORK_PEERS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measure/world.h"

namespace usher::bench {

struct Peer {
  std::string_view name;     // the mechanism of the measurement
  std::string_view program;  // looked for in PATH; empty: always there
  // To be run in `workspace`, a directory of its own in the world.
  std::vector<std::string> (*wrap)(const World&, const std::string& workspace, const std::vector<std::string>& command);
};

// Native first, then Usher's profiles, then the others.
std::span<const Peer> Peers();

// The policy of the world's user, with `files` as its [files], and a second that logs every reading too.
void WritePolicies(const World& world, std::string_view files);

bool IsInstalled(std::string_view program);

}  // namespace usher::bench

#endif  // USHER_BENCH_WORK_PEERS_H_
