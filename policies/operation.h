// What a tracee wants to do, as a plain value.
//
// An Operation is what a system call means once its arguments are decoded and its names are resolved to objects.
// It holds no descriptor and no pointer into a tracee: everything here was copied once and cannot change any more.
// Text that came from a tracee is raw bytes; whoever shows it to a person escapes it first.

#ifndef USHER_POLICIES_OPERATION_H_
#define USHER_POLICIES_OPERATION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policies/ip_address.h"

namespace usher {

enum class FileAction : uint8_t {
  kRead,      // open for reading, list a directory
  kWrite,     // change the contents of something that exists
  kCreate,    // a new name: open(O_CREAT), mkdir, mknod, symlink, the new name of link and rename
  kRemove,    // a name goes away: unlink, rmdir, the old name of rename
  kMetadata,  // chmod, chown, utime, extended attributes
};

// Something is done to a file or a directory.
struct FileOperation {
  FileAction action = FileAction::kRead;
  std::string path;              // canonical and absolute; of the object, or of its parent plus the new name
  std::string asked;             // as the tracee spelled it
  bool is_directory = false;     // the object is a directory
  bool carries_subtree = false;  // a directory changes its place: rules about names beneath it count as well
  bool made_inside = false;      // this very run made the object, or makes it in a directory that everybody shares
  std::string moved_from;        // of a directory that is moved: its canonical path before, when this is the new one
};

// A program is started.
struct ExecOperation {
  std::string path;               // canonical path of the program or script
  std::string asked;              // as the tracee spelled it
  std::string interpreter;        // canonical path of the "#!" interpreter, empty for a binary
  std::vector<std::string> argv;  // bounded copy
};

enum class Transport : uint8_t { kTcp, kUdp };
enum class NetAction : uint8_t { kConnect, kSend, kBind, kListen };

// A packet leaves for, or a port is opened at, an internet address.
struct NetOperation {
  NetAction action = NetAction::kConnect;
  Transport transport = Transport::kTcp;
  IpAddress address;  // normalised: never a v4-mapped v6 address
  uint16_t port = 0;
  std::vector<std::string> names;  // host names that the tracee looked up and that gave this address, lower case
  bool made_inside = false;        // the port was opened by this very process tree, on this machine
};

enum class UnixAction : uint8_t { kConnect, kSend, kBind };

// A unix socket is spoken to, or given a name.
struct UnixSocketOperation {
  UnixAction action = UnixAction::kConnect;
  std::string name;          // canonical path, or '@' followed by the abstract name
  std::string asked;         // as the tracee spelled it
  bool made_inside = false;  // bound by this very process tree
};

// kLook: what everybody may see of a process, its name and state, as ps does for all there are.
enum class ProcessAction : uint8_t { kSignal, kTrace, kReadMemory, kAdjust, kTakeDescriptor, kLook };

// Another process is acted on.
struct ProcessOperation {
  ProcessAction action = ProcessAction::kSignal;
  int64_t target = 0;   // thread or process id; negative: a process group
  bool inside = false;  // every process meant belongs to this very process tree
};

using Operation = std::variant<FileOperation, ExecOperation, NetOperation, UnixSocketOperation, ProcessOperation>;

// The dotted name of the kind, as it stands in the log and in approver frames: "file.read", "exec", "net.connect",
// "unix.bind", "process.signal".
std::string_view KindOf(const Operation& operation);

// What is acted on, raw: a path, "host:port", a socket's name, "pid 4711".
std::string ObjectOf(const Operation& operation);

// The path or name as the tracee spelled it; empty where the operation has no spelling of its own.
std::string_view AskedAs(const Operation& operation);

}  // namespace usher

#endif  // USHER_POLICIES_OPERATION_H_
