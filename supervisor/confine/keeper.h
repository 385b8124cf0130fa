// The keeper: parent and subreaper of the sandbox, outside of it. Reports how the command ended, and kills every process
// of the sandbox when usher says so or is gone.

#ifndef USHER_SUPERVISOR_CONFINE_KEEPER_H_
#define USHER_SUPERVISOR_CONFINE_KEEPER_H_

#include <sys/types.h>

#include <string>
#include <utility>

namespace usher {

class Keeper {
 public:
  // Before the command is started: own session, subreaper, signals blocked for Run, death of `usher` becomes SIGTERM.
  static void Prepare(pid_t usher);

  // `ends` is where the CommandEnd goes; every other descriptor is closed, so the table must be its own by now. `temporary`
  // is removed when nobody is left who could use it.
  Keeper(pid_t command, int ends, std::string temporary)
      : command_(command), ends_(ends), temporary_(std::move(temporary)) {}
  [[noreturn]] void Run();

 private:
  bool Reap();  // false: no process of the sandbox is left
  void KillEveryone();

  pid_t command_;
  int ends_;
  std::string temporary_;
  bool told_ = false;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_KEEPER_H_
