#include "supervisor/exec_retry.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "policies/text.h"
#include "supervisor/broker/program_copy.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

constexpr size_t kMaxPointers =
    1 << 15;                           // of an argument vector that is made anew: more strings than that stay refused
constexpr size_t kRoomForPath = 4096;  // PATH_MAX

// The pointers of a vector, as they are; what they point to stays where it is.
absl::StatusOr<std::vector<uint64_t>> ReadPointers(const RemoteMemory& memory, uint64_t address) {
  std::vector<uint64_t> pointers;
  while (address != 0 && pointers.size() < kMaxPointers) {
    USHER_ASSIGN_OR_RETURN(const uint64_t pointer, memory.Read<uint64_t>(address + pointers.size() * sizeof(uint64_t)));
    if (pointer == 0) return pointers;
    pointers.push_back(pointer);
  }
  if (address != 0) return ErrnoStatus("argument vector", E2BIG);
  return pointers;
}

}  // namespace

ExecRetry::ExecRetry(const SyscallEvent& event, const Call& call, Target& target)
    : nr_(event.nr),
      ip_(event.ip),
      args_(call.args),
      argv_(call.args[1]),
      envp_(call.args[2]),
      image_path_(target.program.image_path),
      words_(target.program.script_words),
      image_device_(target.program.image_device),
      image_inode_(target.program.image_inode),
      next_(words_.empty() ? Attempt::kCopy : Attempt::kInterpreter) {
  if (call.row->name == "execveat") {
    argv_ = call.args[2];
    envp_ = call.args[3];
  }
  image_ = words_.empty() ? std::move(target.program.file.object) : std::move(target.program.interpreter_object);
}

bool ExecRetry::CallAgain(int32_t tid) {
  auto registers = ReadRegisters(tid);
  if (!registers.ok() || ProgramCounterOf(*registers) != ip_) return false;  // it has come further than the call
  const int64_t result = CallResultOf(*registers);
  if (result != -EACCES || next_ == Attempt::kNone) {
    if (under_way_) GiveUp(tid, result);
    return false;
  }
  if (!under_way_) before_ = *registers;
  const uint64_t room = RoomBelowStack(before_);
  if (!WriteArguments(tid, room).ok()) {
    if (under_way_) GiveUp(tid, -EACCES);
    return false;
  }
  Registers again = before_;
  RepeatCall(again, kExecveNumber, path_address_, argv_address_, envp_);
  if (!WriteRegisters(tid, again).ok() || !Resume(tid).ok()) return false;  // killed meanwhile
  under_way_ = true;
  return true;
}

// Below the stack, from its end downwards: room for a name, the new words, the vector.
absl::Status ExecRetry::WriteArguments(int32_t tid, uint64_t room) {
  const RemoteMemory memory(tid);
  path_address_ = room - kRoomForPath;
  argv_address_ = argv_;
  if (words_.empty()) return absl::OkStatus();
  USHER_ASSIGN_OR_RETURN(std::vector<uint64_t> pointers, ReadPointers(memory, argv_));
  if (!pointers.empty()) pointers.erase(pointers.begin());  // argv[0] gives way
  std::string text;
  std::vector<size_t> starts;
  for (const std::string& word : words_) {
    starts.push_back(text.size());
    text.append(word).push_back('\0');
  }
  const uint64_t text_address = (path_address_ - text.size()) & ~uint64_t{15};
  for (size_t i = 0; i < starts.size(); ++i) {
    pointers.insert(pointers.begin() + static_cast<std::ptrdiff_t>(i), text_address + starts[i]);
  }
  pointers.push_back(0);
  const size_t size = pointers.size() * sizeof(uint64_t);
  argv_address_ = (text_address - size) & ~uint64_t{15};
  USHER_RETURN_IF_ERROR(memory.WriteBytes(text_address, text.data(), text.size()));
  return memory.WriteBytes(argv_address_, pointers.data(), size);
}

bool ExecRetry::IsRepeated(const SyscallEvent& event) const {
  return under_way_ && event.nr == kExecveNumber && event.args[0] == path_address_;
}

absl::StatusOr<UniqueFd> ExecRetry::ImageToLend() {
  const Attempt attempt = next_;
  next_ = attempt == Attempt::kInterpreter ? Attempt::kCopy : Attempt::kNone;
  if (attempt != Attempt::kCopy) return UniqueFd();
  USHER_ASSIGN_OR_RETURN(UniqueFd copy, CopyProgram(image_.get(), image_path_.substr(image_path_.rfind('/') + 1)));
  USHER_ASSIGN_OR_RETURN(const struct stat status, StatOf(copy.get()));
  image_device_ = status.st_dev;
  image_inode_ = status.st_ino;
  return copy;
}

absl::Status ExecRetry::NameImage(int32_t tid, int number_of_lent) {
  const std::string path = number_of_lent < 0 ? image_path_ : Concat("/proc/self/fd/", number_of_lent);
  if (path.size() >= kRoomForPath) return ErrnoStatus(path, ENAMETOOLONG);
  return RemoteMemory(tid).WriteBytes(path_address_, path.c_str(), path.size() + 1);
}

void ExecRetry::PutBack(int32_t tid) const {
  Registers again = before_;
  RepeatCall(again, nr_, args_[0], args_[1], args_[2]);
  (void)WriteRegisters(tid, again);
}

void ExecRetry::GiveUp(int32_t tid, int64_t result) const {
  Registers after = before_;
  SetCallResult(after, result);
  (void)WriteRegisters(tid, after);
}

}  // namespace usher
