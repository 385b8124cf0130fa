#include "supervisor/spare_programs.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/landlock.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

constexpr int kSpares = 16;                         // some 15 µs each at every start
constexpr off_t kLargest = off_t{256} << 20;        // the loop waits for the copy
constexpr const char* kPassingName = ".usher-new";  // for the moment in which both have a name

bool Copy(int from, int to, off_t size) {
  off_t copied = 0;
  while (copied < size) {
    const ssize_t more = sendfile(to, from, nullptr, static_cast<size_t>(size - copied));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return false;
    copied += more;
  }
  char end;
  return read(from, &end, 1) == 0;  // nobody has written on meanwhile
}

bool HoldsAt(int directory, const char* name, uint64_t device, uint64_t inode) {
  struct stat status;
  return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_dev == device &&
         status.st_ino == inode;
}

// Under `name`, for what is there now; which must be what was judged, or all stays as it was.
bool Exchange(int directory, const std::string& name, int spare, const Program& program) {
  if (linkat(AT_FDCWD, DescriptorName(spare).c_str(), directory, kPassingName, AT_SYMLINK_FOLLOW) < 0) return false;
  bool done = renameat2(directory, kPassingName, directory, name.c_str(), RENAME_EXCHANGE) == 0;
  if (done && !HoldsAt(directory, kPassingName, program.image_device, program.image_inode)) {
    (void)renameat2(directory, kPassingName, directory, name.c_str(), RENAME_EXCHANGE);
    done = false;
  }
  (void)unlinkat(directory, kPassingName, 0);
  return done;
}

}  // namespace

void SparePrograms::Make(const std::string& directory, int floor, uint64_t access) {
  for (int i = 0; i < kSpares; ++i) {
    UniqueFd spare(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!spare) return;
    if (!AllowBeneath(floor, spare.get(), access).ok()) return;
    spares_.push_back(std::move(spare));
  }
}

bool SparePrograms::MayTakeThePlaceOf(const Program& program) const {
  const struct stat& file = program.file.status;
  const std::string& path = program.image_path;
  if (spares_.empty() || !program.interpreters.empty() || program.file.nameless || !S_ISREG(file.st_mode)) return false;
  if (file.st_nlink != 1 || file.st_size > kLargest || (file.st_mode & (S_ISUID | S_ISGID)) != 0) return false;
  if (reach_.Knows(path, file.st_dev, file.st_ino)) return false;
  for (const FileAction action : {FileAction::kRead, FileAction::kWrite, FileAction::kCreate, FileAction::kRemove}) {
    if (rules_.Decide(FileOperation{.action = action, .path = path}).verdict != Verdict::kAllow) return false;
  }
  struct stat spare;
  return rules_.Decide(ExecOperation{.path = path}).verdict == Verdict::kAllow &&
         fstat(spares_.back().get(), &spare) == 0 && spare.st_dev == file.st_dev && spare.st_uid == file.st_uid &&
         spare.st_gid == file.st_gid;
}

bool SparePrograms::PutInPlace(Program& program) {
  if (!MayTakeThePlaceOf(program)) return false;
  const struct stat& file = program.file.status;
  const size_t slash = program.image_path.rfind('/');
  const std::string place = slash == 0 ? "/" : program.image_path.substr(0, slash);
  const UniqueFd directory(open(place.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory || NameOf(directory.get()).value_or("") != place) return false;  // by a link that came in between
  const auto content = Reopen(program.file.object.get(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!content.ok() || flistxattr(content->get(), nullptr, 0) != 0) return false;

  const UniqueFd spare = std::move(spares_.back());  // what fails on the way is not used again
  spares_.pop_back();
  const timespec times[] = {file.st_atim, file.st_mtim};
  if (!Copy(content->get(), spare.get(), file.st_size) || fchmod(spare.get(), file.st_mode & 0777) < 0 ||
      futimens(spare.get(), times) < 0) {
    return false;
  }
  struct stat now;
  UniqueFd object(open(DescriptorName(spare.get()).c_str(), O_PATH | O_CLOEXEC));
  if (!object || fstat(content->get(), &now) < 0 || now.st_mtim.tv_sec != file.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != file.st_mtim.tv_nsec) {
    return false;
  }
  if (!Exchange(directory.get(), program.image_path.substr(slash + 1), spare.get(), program)) return false;
  if (fstat(object.get(), &now) < 0) return false;
  reach_.AddFile(now.st_dev, now.st_ino);
  program.file.object = std::move(object);
  program.file.status = now;
  program.image_device = now.st_dev;
  program.image_inode = now.st_ino;
  return true;  // nobody has it open for writing any more: it can be run
}

}  // namespace usher
