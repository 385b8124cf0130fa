#include "bench/measure/world.h"
#include "policies/text.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "supervisor/kernel/errno_status.h"

namespace usher::bench {
namespace {

namespace fs = std::filesystem;

}  // namespace

absl::StatusOr<World> World::Make(const std::string& usher, const std::string& caller) {
  const char* parent = std::getenv("TMPDIR");
  std::string name = Concat(parent != nullptr ? parent : "/tmp", "/usher-bench-XXXXXX");
  if (mkdtemp(name.data()) == nullptr) return ErrnoStatus(Concat("mkdtemp(\"", name, "\")"));
  std::error_code error;
  World world(fs::canonical(name, error));
  for (const std::string& directory : {world.home(), world.work(), world.state(), world.root() + "/tmp"}) {
    if (!fs::create_directory(directory, error)) return absl::UnavailableError(Concat(directory, ": ", error.message()));
  }
  for (const auto& [from, to] : {std::pair(usher, world.usher()), std::pair(caller, world.caller())}) {
    if (!fs::copy_file(from, to, error)) return absl::NotFoundError(Concat(from, ": ", error.message()));
    chmod(to.c_str(), 0755);
  }
  std::ofstream(world.outside()) << "outside\n";
  setenv("HOME", world.home().c_str(), 1);
  setenv("TMPDIR", (world.root() + "/tmp").c_str(), 1);
  setenv("USHER_STATE", world.state().c_str(), 1);
  for (const char* variable : {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) unsetenv(variable);
  return world;
}

World::World(World&& other) noexcept : root_(std::exchange(other.root_, "")), fresh_(other.fresh_) {}

World::~World() {
  std::error_code ignored;
  if (!root_.empty()) fs::remove_all(root_, ignored);
}

std::string World::Fresh(const std::string& name) const {
  std::string directory = Concat(work(), "/", name, "-", ++fresh_);
  std::error_code ignored;
  fs::create_directories(directory, ignored);
  return directory;
}

}  // namespace usher::bench
