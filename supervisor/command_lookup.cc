#include "supervisor/command_lookup.h"

#include <sys/stat.h>
#include <unistd.h>

#include "policies/text.h"

namespace usher {
namespace {

bool Exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

bool Runnable(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

CommandLookup LookUpCommand(const std::string& name, const std::string& path_variable) {
  CommandLookup result;
  if (name.empty()) return result;
  if (name.find('/') != std::string::npos) {
    if (Runnable(name)) {
      result.path = name;
    } else {
      result.found_unusable = Exists(name);
    }
    return result;
  }
  for (const std::string_view directory : Split(path_variable, ':')) {
    const std::string candidate = Concat(directory.empty() ? "." : directory, "/", name);
    if (Runnable(candidate)) {
      result.path = candidate;
      return result;
    }
    if (Exists(candidate)) result.found_unusable = true;
  }
  return result;
}

}  // namespace usher
