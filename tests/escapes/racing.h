// Moves for races: something that keeps changing, and somebody who keeps trying.

#ifndef USHER_TESTS_ESCAPES_RACING_H_
#define USHER_TESTS_ESCAPES_RACING_H_

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include "tests/escapes/escape.h"

namespace usher::escapes {

// How long a race is tried that is not to be won, and how long one that is: a busy machine may need its time.
inline constexpr std::chrono::milliseconds kRace{800}, kSureToBeWon{8000};
inline std::chrono::milliseconds RaceTime() { return std::getenv("USHER_SESSION") == nullptr ? kSureToBeWon : kRace; }

// Tries until it comes off, or the time is over.
template <typename Try>
bool KeepTrying(Try attempt, std::chrono::milliseconds time = RaceTime()) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (attempt()) return true;
  }
  return false;
}

// A thread that takes one step after the other for as long as this lives.
class Meanwhile {
 public:
  template <typename Step>
  explicit Meanwhile(Step step)
      : thread_([this, step] {
          for (unsigned i = 0; !over_; ++i) step(i);
        }) {}
  ~Meanwhile() {
    over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

// A process that takes one step after the other for as long as this lives, and not much longer than a race. `flags` of
// clone(2): with CLONE_VM it writes in our memory, with none in what is shared otherwise.
template <typename Step>
class MeanwhileOutOfProcess {
 public:
  MeanwhileOutOfProcess(int flags, Step step) : step_(step) {
    stack_ = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pid_ = clone(&Run, static_cast<char*>(stack_) + kStack, flags | SIGCHLD, this);
  }
  ~MeanwhileOutOfProcess() {
    if (pid_ > 0) kill(pid_, SIGKILL), waitpid(pid_, nullptr, __WALL);
    munmap(stack_, kStack);
  }

 private:
  static constexpr size_t kStack = 256 << 10;
  static int Run(void* self) {
    timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (unsigned i = 0;; ++i) {
      static_cast<MeanwhileOutOfProcess*>(self)->step_(i);
      clock_gettime(CLOCK_MONOTONIC, &now);
      if (now.tv_sec - begin.tv_sec > 10) _exit(0);
    }
  }

  Step step_;
  void* stack_ = nullptr;
  pid_t pid_ = -1;
};

// Two places that differ in one byte: "s" in the workspace leads to `forbidden`, "t" to a folder of its own ("twin").
inline void MakeDoors(const World& world, const std::string& forbidden) {
  mkdir((world.work() + "/twin").c_str(), 0755);
  if (symlink(forbidden.c_str(), (world.work() + "/s").c_str()) < 0) std::perror("symlink");
  if (symlink("twin", (world.work() + "/t").c_str()) < 0) std::perror("symlink");
}

// The doors of most races for a file: behind "t" lies a harmless one of the same name. It is not the usual secret, for
// that one's name is hidden wherever it turns up.
inline void PutLetters(Outside& outside) {
  outside.Write(outside.world().home() + "/.ssh/letters", World::secret_text());
}
inline void MakeDoorsToSecret(const World& world) {
  MakeDoors(world, world.home() + "/.ssh");
  Spill(world.work() + "/twin/letters", "nothing to see\n");
}
inline constexpr char kBehindDoor[] = "s/letters";
inline void TurnDoor(volatile char* name, unsigned i) { name[0] = i % 2 == 0 ? 't' : 's'; }

// Opens the name, whatever it says at the moment, and keeps the secret if that is what was behind it.
inline bool TakeSecret(const World& world, int fd) {
  if (fd < 0) return false;
  char text[256];
  const ssize_t got = read(fd, text, sizeof(text));
  close(fd);
  if (got <= 0) return false;
  const std::string found(text, static_cast<size_t>(got));
  return found == World::secret_text() && Loot(world, found);
}
inline bool OpenAndTakeSecret(const World& world, const char* name) {
  return TakeSecret(world, static_cast<int>(syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0)));
}

// The harmless neighbour of most of them: the door that leads to the folder of its own, read and written.
inline int TwinBehindDoor(const World& world) {
  MakeDoorsToSecret(world);
  return Slurp("t/letters") == "nothing to see\n" && Spill("t/new", "text") && unlink("t/new") == 0 ? 0 : 1;
}

// A page that child processes share.
inline char* SharedPage() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? nullptr : static_cast<char*>(page);
}

inline sockaddr_in Loopback(int port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

// A port of the attack's own, which it may talk to. 0: none.
inline int OwnPort(int type) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in name = Loopback(0);
  socklen_t size = sizeof(name);
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), size) < 0) return 0;
  if (type == SOCK_STREAM && listen(fd, 128) < 0) return 0;
  return getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) < 0 ? 0 : ntohs(name.sin_port);
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_RACING_H_
