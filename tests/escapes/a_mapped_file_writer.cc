// The name lies in a mapped file, and another process changes the file with pwrite(2): it touches no memory of ours.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  Spill("name", std::string(kBehindDoor, sizeof(kBehindDoor)));
  const int fd = open("name", O_RDWR | O_CLOEXEC);
  void* page = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) return 1;
  const MeanwhileOutOfProcess turning(0, [fd](unsigned i) { return pwrite(fd, i % 2 == 0 ? "t" : "s", 1, 0); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, static_cast<char*>(page)); }) ? 0 : 1;
}

USHER_ESCAPE({.name = "a_mapped_file_writer",
              .row = "A: mapped file",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
