#include "supervisor/approval/effects.h"

namespace usher {
namespace {

struct Title {
  std::string_view operator()(const FileOperation& file) const {
    switch (file.action) {
      case FileAction::kRead:
        return "READ";
      case FileAction::kWrite:
      case FileAction::kCreate:
      case FileAction::kMetadata:
        return "WRITE";
      case FileAction::kRemove:
        return "REMOVE";
    }
    return "FILE";
  }
  std::string_view operator()(const ExecOperation&) const { return "PROGRAM"; }
  std::string_view operator()(const NetOperation& net) const {
    return net.action == NetAction::kBind || net.action == NetAction::kListen ? "OPEN A PORT" : "NETWORK";
  }
  std::string_view operator()(const UnixSocketOperation&) const { return "SOCKET"; }
  std::string_view operator()(const ProcessOperation&) const { return "ANOTHER PROCESS"; }
};

struct Verb {
  std::string_view operator()(const FileOperation& file) const {
    switch (file.action) {
      case FileAction::kRead:
        return file.is_directory ? "wants to list the folder" : "wants to read";
      case FileAction::kWrite:
        return "wants to change";
      case FileAction::kCreate:
        return file.is_directory ? "wants to make the folder" : "wants to create";
      case FileAction::kRemove:
        return file.is_directory ? "wants to remove the folder" : "wants to remove";
      case FileAction::kMetadata:
        return "wants to change the permissions or times of";
    }
    return "wants to use";
  }
  std::string_view operator()(const ExecOperation&) const { return "wants to run"; }
  std::string_view operator()(const NetOperation& net) const {
    switch (net.action) {
      case NetAction::kConnect:
        return "wants to connect to";
      case NetAction::kSend:
        return "wants to send packets to";
      case NetAction::kBind:
      case NetAction::kListen:
        return "wants to accept connections at";
    }
    return "wants to reach";
  }
  std::string_view operator()(const UnixSocketOperation& socket) const {
    switch (socket.action) {
      case UnixAction::kConnect:
      case UnixAction::kSend:
        return "wants to talk to the service behind";
      case UnixAction::kBind:
        return "wants to offer a service at";
    }
    return "wants to use";
  }
  std::string_view operator()(const ProcessOperation& process) const {
    switch (process.action) {
      case ProcessAction::kSignal:
        return "wants to send a signal to";
      case ProcessAction::kTrace:
        return "wants to control";
      case ProcessAction::kLook:
        return "wants to look at";
      case ProcessAction::kReadMemory:
        return "wants to read the memory of";
      case ProcessAction::kAdjust:
        return "wants to change the limits of";
      case ProcessAction::kTakeDescriptor:
        return "wants to take an open file from";
    }
    return "wants to act on";
  }
};

struct Effect {
  Risk risk;

  std::string_view operator()(const FileOperation& file) const {
    const bool reads = file.action == FileAction::kRead;
    switch (risk) {
      case Risk::kSecret:
        return reads ? "the secret can be copied and sent out; you would have to replace it everywhere"
                     : "the secret can be replaced by one that somebody else knows";
      case Risk::kRunsLater:
        return reads ? "its contents can be copied and sent out"
                     : "what is written here runs later as you, outside this sandbox, without asking";
      case Risk::kEscape:
        return "this is a way out of the sandbox: what is reached through it is not checked";
      case Risk::kOrdinary:
      case Risk::kNetwork:
        break;
    }
    switch (file.action) {
      case FileAction::kRead:
        return "the sandbox learns what is in it, and may send it wherever it may connect";
      case FileAction::kWrite:
        return "the contents can be changed or lost";
      case FileAction::kCreate:
        return "something new appears outside the places that may be written freely";
      case FileAction::kRemove:
        return "it is gone; usher keeps no copy";
      case FileAction::kMetadata:
        return "others may get access to it, or you may lose yours";
    }
    return "";
  }
  std::string_view operator()(const ExecOperation&) const {
    return risk == Risk::kEscape ? "this program can do things that the sandbox does not check"
                                 : "it runs inside this sandbox, under the same rules";
  }
  std::string_view operator()(const NetOperation& net) const {
    if (net.action == NetAction::kBind || net.action == NetAction::kListen) {
      return "others who reach this port can talk to the program";
    }
    return risk == Risk::kEscape ? "this address is for managing machines or services: it may hand out credentials"
                                 : "what the sandbox can read could be sent there, and what comes back runs here";
  }
  std::string_view operator()(const UnixSocketOperation& socket) const {
    if (socket.action == UnixAction::kBind)
      return "other programs of yours may talk to it as if it were another service";
    return risk == Risk::kSecret ? "the service can use your keys on the sandbox's behalf"
                                 : "the service acts as you and outside the sandbox: this can be a full way out";
  }
  std::string_view operator()(const ProcessOperation&) const {
    return "a process outside the sandbox can be disturbed, read or taken over";
  }
};

}  // namespace

bool IsDangerous(Risk risk) {
  switch (risk) {
    case Risk::kOrdinary:
    case Risk::kNetwork:
      return false;
    case Risk::kRunsLater:
    case Risk::kSecret:
    case Risk::kEscape:
      return true;
  }
  return true;
}

std::string_view TitleOf(const Operation& operation, Risk risk) {
  switch (risk) {
    case Risk::kRunsLater:
      return "RUNS LATER";
    case Risk::kSecret:
      return "SECRET";
    case Risk::kEscape:
      return "WAY OUT OF THE SANDBOX";
    case Risk::kOrdinary:
    case Risk::kNetwork:
      break;
  }
  return std::visit(Title(), operation);
}

std::string_view VerbOf(const Operation& operation) { return std::visit(Verb(), operation); }

std::string_view EffectOf(const Operation& operation, Risk risk) { return std::visit(Effect{risk}, operation); }

}  // namespace usher
