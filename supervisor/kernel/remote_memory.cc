#include "supervisor/kernel/remote_memory.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

// Smaller or equal to every page size Linux has: a chunk that ends at such a border never straddles two pages.
constexpr size_t kChunk = 4096;

}  // namespace

absl::StatusOr<size_t> RemoteMemory::ReadSome(RemoteAddress address, char* buffer, size_t size) const {
  iovec local{buffer, size};
  // One remote element per page: the kernel copies whole elements up to the first that faults.
  std::array<iovec, 18> remote;
  size_t count = 0, planned = 0;
  while (planned < size && count < remote.size()) {
    const size_t step = std::min(size - planned, kChunk - static_cast<size_t>((address + planned) % kChunk));
    remote[count++] = {reinterpret_cast<void*>(address + planned), step};
    planned += step;
  }
  const ssize_t got = process_vm_readv(tid_, &local, 1, remote.data(), count, 0);
  if (got < 0) return ErrnoStatus("process_vm_readv");
  return static_cast<size_t>(got);
}

absl::StatusOr<std::string> RemoteMemory::ReadBytes(RemoteAddress address, size_t size) const {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    USHER_ASSIGN_OR_RETURN(const size_t got, ReadSome(address + done, bytes.data() + done, size - done));
    if (got == 0) return ErrnoStatus("process_vm_readv", EFAULT);
    done += got;
  }
  return bytes;
}

absl::Status RemoteMemory::WriteBytes(RemoteAddress address, const void* data, size_t size) const {
  iovec local{const_cast<void*>(data), size};
  iovec remote{reinterpret_cast<void*>(address), size};
  const ssize_t put = process_vm_writev(tid_, &local, 1, &remote, 1, 0);
  if (put < 0) return ErrnoStatus("process_vm_writev");
  if (static_cast<size_t>(put) != size) return ErrnoStatus("process_vm_writev", EFAULT);
  return absl::OkStatus();
}

absl::StatusOr<HeldMemory> HeldMemory::Of(int32_t tid) {
  UniqueFd fd(open(Concat("/proc/", tid, "/mem").c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return ErrnoStatus("/proc/ID/mem");
  return HeldMemory(std::move(fd));
}

absl::Status HeldMemory::WriteBytes(RemoteAddress address, std::string_view bytes) const {
  const ssize_t put = pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(address));
  if (put < 0 || static_cast<size_t>(put) != bytes.size()) return ErrnoStatus("/proc/ID/mem", EFAULT);
  return absl::OkStatus();
}

absl::StatusOr<std::string> RemoteMemory::ReadString(RemoteAddress address, size_t limit) const {
  std::string text;
  // Most names are short: a first small read, then larger ones.
  size_t step = 256;
  while (text.size() < limit) {
    std::array<char, kChunk> buffer;
    const size_t want = std::min({step, buffer.size(), limit - text.size()});
    USHER_ASSIGN_OR_RETURN(const size_t got, ReadSome(address + text.size(), buffer.data(), want));
    if (got == 0) return ErrnoStatus("process_vm_readv", EFAULT);
    if (const void* end = std::memchr(buffer.data(), '\0', got)) {
      text.append(buffer.data(), static_cast<size_t>(static_cast<const char*>(end) - buffer.data()));
      return text;
    }
    text.append(buffer.data(), got);
    step = kChunk;
  }
  return ErrnoStatus("name of a tracee", ENAMETOOLONG);
}

// Strings of one array mostly lie one behind the other, and so do its pointers: what was read is looked at before more
// is.
class RemoteMemory::Window {
 public:
  explicit Window(const RemoteMemory& memory) : memory_(memory) {}

  // What is there from an address on, up to the end of its page: at least one byte, or `least`.
  absl::StatusOr<std::string_view> At(RemoteAddress address, size_t least = 1) {
    if (address < start_ || address - start_ >= size_ || size_ - (address - start_) < least) {
      const size_t rest = kChunk - static_cast<size_t>(address % kChunk);
      USHER_ASSIGN_OR_RETURN(const size_t got,
                             memory_.ReadSome(address, buffer_.data(), std::max(least, std::min(rest, kMost))));
      if (got < least) return ErrnoStatus("process_vm_readv", EFAULT);
      start_ = address;
      size_ = got;
    }
    const auto at = static_cast<size_t>(address - start_);
    return std::string_view(buffer_.data() + at, size_ - at);
  }

 private:
  static constexpr size_t kMost = 1024;
  const RemoteMemory& memory_;
  RemoteAddress start_ = 0;
  size_t size_ = 0;
  std::array<char, kMost> buffer_;
};

absl::StatusOr<std::vector<std::string>> RemoteMemory::ReadStringArray(RemoteAddress address, size_t max_count,
                                                                       size_t max_bytes) const {
  std::vector<std::string> strings;
  if (address == 0) return strings;  // Linux takes a NULL argv for an empty one
  Window pointers(*this), texts(*this);
  size_t bytes = 0;
  for (size_t i = 0;; ++i) {
    uint64_t pointer = 0;
    USHER_ASSIGN_OR_RETURN(const std::string_view slot, pointers.At(address + i * sizeof(pointer), sizeof(pointer)));
    std::memcpy(&pointer, slot.data(), sizeof(pointer));
    if (pointer == 0) return strings;
    if (i == max_count || bytes >= max_bytes) break;
    std::string text;
    for (size_t end = std::string::npos; end == std::string::npos && bytes + text.size() < max_bytes;) {
      USHER_ASSIGN_OR_RETURN(std::string_view part, texts.At(pointer + text.size()));
      part = part.substr(0, max_bytes - bytes - text.size());
      end = part.find('\0');
      text.append(part.substr(0, end));
      if (end != std::string::npos) strings.push_back(text);
    }
    if (strings.size() == i) break;  // it does not end within what is left
    bytes += text.size() + 1;
  }
  strings.emplace_back(kCutMark);
  return strings;
}

}  // namespace usher
