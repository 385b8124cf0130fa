// Which file a command on the command line is, as a shell would find it.

#ifndef USHER_SUPERVISOR_COMMAND_LOOKUP_H_
#define USHER_SUPERVISOR_COMMAND_LOOKUP_H_

#include <string>

namespace usher {

struct CommandLookup {
  std::string path;      // empty when it was not found
  bool found_unusable = false;  // something of that name is there but may not be run
};

// `path_variable` is $PATH; a name with a slash is taken as it is.
CommandLookup LookUpCommand(const std::string& name, const std::string& path_variable);

}  // namespace usher

#endif  // USHER_SUPERVISOR_COMMAND_LOOKUP_H_
