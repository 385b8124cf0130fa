#include "policies/operation.h"

#include "policies/host_name.h"
#include "policies/text.h"

namespace usher {
namespace {

std::string_view KindOfFile(FileAction action) {
  switch (action) {
    case FileAction::kRead:
      return "file.read";
    case FileAction::kWrite:
      return "file.write";
    case FileAction::kCreate:
      return "file.create";
    case FileAction::kRemove:
      return "file.remove";
    case FileAction::kMetadata:
      return "file.metadata";
  }
  return "file.write";
}

std::string_view KindOfNet(NetAction action) {
  switch (action) {
    case NetAction::kConnect:
      return "net.connect";
    case NetAction::kSend:
      return "net.send";
    case NetAction::kBind:
      return "net.bind";
    case NetAction::kListen:
      return "net.listen";
  }
  return "net.connect";
}

std::string_view KindOfUnix(UnixAction action) {
  switch (action) {
    case UnixAction::kConnect:
      return "unix.connect";
    case UnixAction::kSend:
      return "unix.send";
    case UnixAction::kBind:
      return "unix.bind";
  }
  return "unix.connect";
}

std::string_view KindOfProcess(ProcessAction action) {
  switch (action) {
    case ProcessAction::kSignal:
      return "process.signal";
    case ProcessAction::kTrace:
      return "process.trace";
    case ProcessAction::kLook:
      return "process.look";
    case ProcessAction::kReadMemory:
      return "process.read-memory";
    case ProcessAction::kAdjust:
      return "process.adjust";
    case ProcessAction::kTakeDescriptor:
      return "process.take-descriptor";
  }
  return "process.signal";
}

struct KindVisitor {
  std::string_view operator()(const FileOperation& file) const { return KindOfFile(file.action); }
  std::string_view operator()(const ExecOperation&) const { return "exec"; }
  std::string_view operator()(const NetOperation& net) const { return KindOfNet(net.action); }
  std::string_view operator()(const UnixSocketOperation& socket) const { return KindOfUnix(socket.action); }
  std::string_view operator()(const ProcessOperation& process) const { return KindOfProcess(process.action); }
};

struct ObjectVisitor {
  std::string operator()(const FileOperation& file) const { return file.path; }
  std::string operator()(const ExecOperation& exec) const { return exec.path; }
  std::string operator()(const NetOperation& net) const {
    const auto names = JudgedNames(net);
    if (!names.empty()) return Cat(WithoutRootDot(names.front()), ":", net.port);
    const IpAddress address = JudgedAddress(net);
    if (address.v6) return Cat("[", address.ToString(), "]:", net.port);
    return Cat(address.ToString(), ":", net.port);
  }
  std::string operator()(const UnixSocketOperation& socket) const { return socket.name; }
  std::string operator()(const ProcessOperation& process) const {
    if (process.target < 0) return Cat("process group ", -process.target);
    return Cat("pid ", process.target);
  }
};

struct AskedVisitor {
  std::string_view operator()(const FileOperation& file) const { return file.asked; }
  std::string_view operator()(const ExecOperation& exec) const { return exec.asked; }
  std::string_view operator()(const NetOperation&) const { return {}; }
  std::string_view operator()(const UnixSocketOperation& socket) const { return socket.asked; }
  std::string_view operator()(const ProcessOperation&) const { return {}; }
};

}  // namespace

std::string_view KindOf(const Operation& operation) { return std::visit(KindVisitor{}, operation); }

std::string ObjectOf(const Operation& operation) { return std::visit(ObjectVisitor{}, operation); }

std::string_view AskedAs(const Operation& operation) { return std::visit(AskedVisitor{}, operation); }

}  // namespace usher
