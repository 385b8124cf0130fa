#include "bench/work/process_run.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "supervisor/kernel/unique_fd.h"

namespace usher::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kKept = 600;

// posix_spawn and not fork, whose price grows with the suite's own memory, and would be part of every time.
class Spawning {
 public:
  Spawning(int output, const std::string& directory) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
    posix_spawnattr_init(&attributes_);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
  }
  ~Spawning() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

ProcessRun RunProcess(const std::vector<std::string>& argv, const std::string& directory, int patience_s) {
  ProcessRun run;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return run;
  UniqueFd from(ends[0]), to(ends[1]);
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const auto start = Clock::now();
  const Spawning spawning(to.get(), directory);
  pid_t child = -1;
  if (posix_spawnp(&child, words[0], spawning.actions(), spawning.attributes(), words.data(), environ) != 0) return run;
  to.reset();
  // The output is read as it comes, so that nobody waits for a full pipe; its end is not the command's end, which
  // counts.
  fcntl(from.get(), F_SETFL, O_NONBLOCK);
  char buffer[4096];
  const auto deadline = start + std::chrono::seconds(patience_s);
  bool open = true;
  int status = 0;
  for (pid_t ended = 0; ended != child;) {
    pollfd waiting{open ? from.get() : -1, POLLIN, 0};
    if (open && poll(&waiting, 1, 50) > 0) {
      const ssize_t got = read(from.get(), buffer, sizeof(buffer));
      if (got <= 0) open = false;
      if (got > 0) run.output.append(buffer, static_cast<size_t>(got));
      if (run.output.size() > 2 * kKept) run.output.erase(0, run.output.size() - kKept);
    }
    ended = waitpid(child, &status, open ? WNOHANG : 0);
    if (ended != child && Clock::now() > deadline) {
      kill(-child, SIGKILL);
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return run;
    }
  }
  run.wall_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  kill(-child, SIGKILL);  // whom it left behind does not disturb the next round
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

}  // namespace usher::bench
