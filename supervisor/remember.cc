#include "supervisor/remember.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <utility>

#include "supervisor/broker/network.h"
#include "supervisor/kernel/process.h"
#include "supervisor/syscalls/socket_address.h"

namespace usher {
namespace {

// What was allowed only because the sandbox makes it itself is its own from now on.
void RememberFiles(const Target& target, const std::vector<Operation>& operations, const CallResult& result,
                   Belongings& belongings) {
  bool made = false;
  for (const Operation& operation : operations) {
    const auto* file = std::get_if<FileOperation>(&operation);
    made |= file != nullptr && file->action == FileAction::kCreate && file->made_inside;
  }
  if (!made) return;
  if (const auto* opened = std::get_if<Opened>(&result)) return belongings.AddMade(opened->fd.get());
  for (const Resolved& name : target.names) {
    if (!name.parent || name.exists()) continue;
    const UniqueFd fresh(openat(name.parent.get(), name.leaf.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (fresh) belongings.AddMade(fresh.get());
  }
}

void RememberUnixSocket(const Call& call, Destination& destination, int socket, Belongings& belongings) {
  Resolved& path = destination.unix_path;
  if (path.parent) {
    const UniqueFd file(openat(path.parent.get(), path.leaf.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (file) belongings.AddSocketFile(file.get());
    const auto asked = ParseSocketAddress(destination.address);
    if (!asked.ok() || !std::holds_alternative<UnixPath>(*asked)) return;
    std::string bound = BoundPathOf(path);
    return belongings.AddBoundName(std::move(bound), std::get<UnixPath>(*asked).path, std::move(path.parent));
  }
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size) < 0) return;
  const auto parsed = ParseSocketAddress({reinterpret_cast<const char*>(&name), size});
  if (parsed.ok() && std::holds_alternative<UnixAbstract>(*parsed)) {
    belongings.AddAbstractName(std::get<UnixAbstract>(*parsed).name, socket, ThreadGroupOf(call.tid).value_or(0),
                               call.fd);
  }
}

}  // namespace

void RememberWhatWasMade(const Call& call, Target& target, const std::vector<Operation>& operations,
                         const CallResult& result, Belongings& belongings) {
  RememberFiles(target, operations, result, belongings);
  const auto* opened = std::get_if<Opened>(&result);
  if (opened != nullptr && S_ISCHR(target.names[0].status.st_mode)) belongings.AddTerminalOfMaster(opened->fd.get());
  const AllowBy by = call.row->allow_by;
  if (by != AllowBy::kBind && by != AllowBy::kListen) return;
  if (target.domain == AF_INET || target.domain == AF_INET6) return belongings.AddSocket(target.socket.get());
  if (by == AllowBy::kBind && target.domain == AF_UNIX) {
    RememberUnixSocket(call, target.destinations[0], target.socket.get(), belongings);
  }
}

}  // namespace usher
