// The objects that a call is about, found once and held by descriptor: what is judged is what is acted on (invariant 2).

#ifndef USHER_SUPERVISOR_SYSCALLS_TARGET_H_
#define USHER_SUPERVISOR_SYSCALLS_TARGET_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/kernel/unique_fd.h"

namespace usher {

// A name of the tracee, resolved.
struct Resolved {
  UniqueFd object;          // O_PATH; empty when the name does not exist
  struct stat status{};     // of the object
  std::string path;         // canonical; of the object, or of the parent plus `leaf`
  bool nameless = false;    // pipe, socket, memfd, unlinked file: reached through a descriptor, has no path to judge
  std::vector<int32_t> proc_pids;  // processes under whose /proc/PID the object lies, or whose links led to it
  bool made_inside = false;   // this run made it, or would make it in a directory that everybody shares
  bool own_terminal = false;  // a terminal that the sandbox itself made, or its controlling one

  // Where the name stands, for calls that make or take away names. `leaf` keeps a trailing slash of the tracee.
  UniqueFd parent;
  std::string leaf;

  bool exists() const { return static_cast<bool>(object); }
  bool is_directory() const { return exists() && S_ISDIR(status.st_mode); }
};

// Where one message goes, or where a socket is connected or bound to.
struct Destination {
  std::string address;       // sockaddr bytes as they will be used
  Resolved unix_path;        // of a unix socket with a path
  bool made_inside = false;  // the other end belongs to the sandbox
  UniqueFd bearer;           // and is this socket, where its name could be somebody else's the next moment
  std::vector<std::string> names;  // host names that gave this address
  std::string control;       // cmsg bytes of the message, with the descriptors below in place of the tracee's
  std::vector<UniqueFd> passed;
};

// What a "#!" chain ends in.
struct Program {
  Resolved file;                // what was named
  std::vector<std::string> interpreters;  // canonical paths along the "#!" chain, the last one runs; none for a binary
  uint64_t image_device = 0;    // of the file that the kernel will run in the end
  uint64_t image_inode = 0;
  std::string image_path;       // and its canonical path
  UniqueFd interpreter_object;  // that file, when it is an interpreter; else it is file.object
  // What the kernel puts in the place of argv[0] for a script: the interpreter, its argument, the script as it was named.
  std::vector<std::string> script_words;
};

struct Target {
  std::vector<Resolved> names;  // as many as Call::names
  Program program;              // exec only
  UniqueFd socket;              // a duplicate of the tracee's socket
  int domain = 0, type = 0;     // of that socket
  std::vector<Destination> destinations;  // one per message; one for connect, bind and listen
  std::string socket_name;      // getsockname and getpeername: what the tracee is told
  UniqueFd watcher;             // a duplicate of the tracee's inotify instance
  UniqueFd process;             // a duplicate of the tracee's descriptor of a process, and that process
  int32_t process_id = 0;
  int32_t caller_process = 0;   // who signals
  bool inside = true;           // every process meant belongs to the sandbox
  int32_t outside_pid = 0;      // a process that does not, and under whose /proc entry a name lies
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_TARGET_H_
