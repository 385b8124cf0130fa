// bpf(2): programs in the kernel. The evidence is a value kept in a map there.

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  bpf_attr map{};
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = 4;
  map.value_size = 64;
  map.max_entries = 1;
  const auto fd = static_cast<int>(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)));
  if (fd < 0) return kCannotTry;
  uint32_t key = 0;
  char value[64] = {}, back[64] = {};
  World::secret_text().copy(value, sizeof(value) - 1);
  bpf_attr element{};
  element.map_fd = static_cast<uint32_t>(fd);
  element.key = reinterpret_cast<uint64_t>(&key);
  element.value = reinterpret_cast<uint64_t>(value);
  if (syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &element, sizeof(element)) < 0) return 1;
  element.value = reinterpret_cast<uint64_t>(back);
  if (syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &element, sizeof(element)) < 0) return 1;
  return Loot(world, back) ? 0 : 1;
}

USHER_ESCAPE({.name = "e_bpf", .row = "E: bpf, perf_event_open, userfaultfd, keyctl", .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
