// What the command's process does between clone(2) and execve(2): it takes leave of usher, waits for its confinement,
// and shuts itself in. From here to execve there is one thread, no allocation and no way back: a failure is told and
// ends the process.

#ifndef USHER_SUPERVISOR_CONFINE_COMMAND_PROCESS_H_
#define USHER_SUPERVISOR_CONFINE_COMMAND_PROCESS_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>

#include "supervisor/confine/launcher.h"

namespace usher {

enum class Stage : int32_t {
  kReady,
  kSession,
  kTerminal,
  kDirectory,
  kLimits,
  kCapabilities,
  kNoNewPrivs,
  kConfinement,
  kFloor,
  kFloorBites,
  kFilter,
  kListener,
  kDescriptors,
  kKeeper,
  kTemporary,
};
const char* NameOfStage(Stage stage);

// What keeper and command tell usher, each once, over the ready pipe: that they stand on their own. Only then may usher
// close a descriptor that it shared with them, or open another under the same number.
struct ReadyMessage {
  Stage stage;
  int32_t error;
  int32_t listener;  // its number in the shared descriptor table
  int32_t command;   // pid; 0 when it is the keeper that speaks
  int32_t wait_killable;
  int32_t listener_error;  // of a traced one: what seccomp(2) says to NEW_LISTENER
};

// Ends the sharing of descriptors: a copy of the table of our own. False when the kernel has no memory for it.
bool TakeOwnDescriptors();

// What goes over the confinement pipe, once. The filter and the environment are in `memory`, a descriptor of the shared
// table: a pipe takes no more than it has room for, and waits.
struct ConfinementMessage {
  int32_t floor = -1;
  int32_t memory = -1;
  CallsGo calls_go = CallsGo::kToListener;  // to a tracer: a byte comes behind this message when there is one
  bool floor_gives_writes = false;
  uint64_t floor_of_temporary = 0;
  uint64_t variables = 0;      // pointers, one more than there are variables, to be filled in by the reader
  uint64_t filter_length = 0;  // instructions, behind the pointers
  uint64_t bytes = 0;          // of it all, up to the last variable's NUL
};

class CommandProcess {
 public:
  // `argv` ends with nullptr and has a free place in front. `shown_program` is the program's name for a person to read.
  // `ready` is written to, `confinement` read from.
  CommandProcess(const LaunchRequest& request, char** argv, const char* shown_program, int ready, int confinement)
      : request_(request), argv_(argv), shown_program_(shown_program), ready_(ready), confinement_(confinement) {}

  [[noreturn]] void Run();

 private:
  void RestoreSignals();
  void ReceiveConfinement();
  void LayFloor();
  void AwaitTracer();
  ReadyMessage InstallFilter();
  long Install(unsigned int flags);
  void PlaceStdio();
  [[noreturn]] void Execute();
  void SayWhyNot(int error);
  void Tell(const ReadyMessage& message);
  [[noreturn]] void Fail(Stage stage);

  const LaunchRequest& request_;
  char** argv_;
  const char* shown_program_;
  int ready_, confinement_;
  ConfinementMessage confined_by_;
  sock_filter* filter_ = nullptr;
  char** environment_ = nullptr;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_COMMAND_PROCESS_H_
