#include "bench/work/process_run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "supervisor/kernel/unique_fd.h"

namespace usher::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kKept = 600;

}  // namespace

ProcessRun RunProcess(const std::vector<std::string>& argv, const std::string& directory, int patience_s) {
  ProcessRun run;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return run;
  UniqueFd from(ends[0]), to(ends[1]);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const auto start = Clock::now();
  const pid_t child = fork();
  if (child < 0) return run;
  if (child == 0) {
    setsid();
    std::signal(SIGPIPE, SIG_DFL);
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(to.get(), STDOUT_FILENO);
    dup2(to.get(), STDERR_FILENO);
    if (chdir(directory.c_str()) == 0) execvp(words[0], words.data());
    _exit(127);
  }
  to.reset();
  // The output is read as it comes, so that nobody waits for a full pipe; its end is not the command's end, which counts.
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
