#include "supervisor/gated_libraries.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "interpose/patch.h"
#include "interpose/scan.h"
#include "policies/text.h"
#include "supervisor/arch/native.h"
#include "supervisor/kernel/executable_memory.h"
#include "supervisor/kernel/path.h"
#include "supervisor/tracee/loader.h"

namespace usher {
namespace {

constexpr size_t kMostCopies = 8;  // of a machine with several C libraries, or one that is upgraded meanwhile
constexpr off_t kLargestLibrary = 16 << 20;
constexpr int kLoaderFlags = O_RDONLY | O_CLOEXEC;  // of every open that ld.so does

bool IsNameOfLibrary(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "libc.so.6" || (name.starts_with("libc-2.") && name.ends_with(".so"));
}

// Only what nobody but root can change is looked at: the sandbox's own files are no libraries of the system.
bool BelongsToSystem(const struct stat& file) {
  return S_ISREG(file.st_mode) && file.st_uid == 0 && (file.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
         file.st_size <= kLargestLibrary;
}

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

std::vector<uint8_t> ReadAll(int fd, off_t size) {
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t more = pread(fd, bytes.data() + got, bytes.size() - got, static_cast<off_t>(got));
    if (more <= 0) return {};
    got += static_cast<size_t>(more);
  }
  return bytes;
}

UniqueFd SealedMemory(const std::vector<uint8_t>& bytes) {
  auto memory = NewExecutableMemory("libc.so.6");
  if (!memory.ok()) return {};
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t more = write(memory->get(), bytes.data() + written, bytes.size() - written);
    if (more <= 0) return {};
    written += static_cast<size_t>(more);
  }
  if (!SealExecutableMemory(memory->get()).ok()) return {};
  return *std::move(memory);
}

// A host may forbid to run code from memory files (SELinux, vm.memfd_noexec): then the loader would fail where it must
// not.
bool MayRun(int memory) {
  void* const page = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, memory, 0);
  if (page == MAP_FAILED) return false;
  munmap(page, 4096);
  return true;
}

}  // namespace

UniqueFd GatedLibraries::MakeCopy(int object, off_t size) {
  const auto file = Reopen(object, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file.ok()) return {};
  std::vector<uint8_t> bytes = ReadAll(file->get(), size);
  const auto image = ElfImage::Read(bytes);
  if (!image) return {};
  const std::vector<Edit> edits = PlanPatch(*image, FindSites(*image));
  if (edits.empty()) return {};
  for (const Edit& edit : edits) {
    std::copy(edit.bytes.begin(), edit.bytes.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(image->FileOffset(edit.address)));
  }
  UniqueFd memory = SealedMemory(bytes);
  if (!memory || !MayRun(memory.get())) return {};
  return memory;
}

void GatedLibraries::Begin() {
  const std::string beside_others = Concat("/lib/", kNativeName, "-linux-gnu/libc.so.6");
  for (const std::string& path : {beside_others, std::string("/lib64/libc.so.6"), std::string("/usr/lib/libc.so.6")}) {
    UniqueFd object(open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status;
    if (!object || fstat(object.get(), &status) < 0 || !BelongsToSystem(status)) continue;
    try {
      begun_ = std::async(std::launch::async, [object = std::move(object), status] {
        return Copy{status, MakeCopy(object.get(), status.st_size)};
      });
    } catch (const std::system_error&) {  // no more threads for this user: it is made when it is asked for
    }
    return;
  }
}

UniqueFd GatedLibraries::For(const Call& call, uint64_t ip, const Target& target) {
  if (call.row->allow_by != AllowBy::kOpen || call.open_flags != kLoaderFlags) return {};
  const Resolved& object = target.names[0];
  if (!object.exists() || !IsNameOfLibrary(object.path) || !BelongsToSystem(object.status)) return {};
  if (!IsInLoader(call.tid, ip)) return {};
  if (begun_.valid()) copies_.push_back(begun_.get());
  const Copy* copy = nullptr;
  for (const Copy& known : copies_) {
    if (IsSame(known.original, object.status)) copy = &known;
  }
  if (copy == nullptr) {
    if (copies_.size() == kMostCopies) return {};
    copies_.push_back({object.status, MakeCopy(object.object.get(), object.status.st_size)});
    copy = &copies_.back();
  }
  if (!copy->memory) return {};
  auto lent = Reopen(copy->memory.get(), O_RDONLY);
  return lent.ok() ? *std::move(lent) : UniqueFd();
}

}  // namespace usher
