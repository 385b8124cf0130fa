// Copies of programs and of the C library, with every call that makes one failing in turn: a copy is whole and sealed,
// or there is none.

#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "policies/text.h"
#include "supervisor/broker/program_copy.h"
#include "supervisor/gated_libraries.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"
#include "supervisor/syscalls/row.h"
#include "tests/supervisor/faults/fault_seam.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

constexpr int kCopyErrors[] = {EIO, ENOMEM, EPERM, EINTR, EINVAL};
constexpr int kSealed = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

std::string TextOf(const UniqueFd& fd) { return Contents(Concat("/proc/self/fd/", fd.get())); }

TEST(CopyFaultsTest, AProgramIsCopiedWholeOrNotAtAll) {
  const TemporaryDirectory root;
  const std::string text(3 << 20, 'x');  // more than one sendfile
  WriteText(root / "program", text);
  const UniqueFd object(open((root / "program").c_str(), O_PATH | O_CLOEXEC));
  for (const int error : kCopyErrors) {
    int nth = 0;
    for (bool failed = true; failed || nth == 1; ++nth) {
      ArmFault(nth, error);
      const auto copy = CopyProgram(object.get(), "program");
      const std::string call = DisarmFault().failed;
      failed = !call.empty();
      SCOPED_TRACE(Concat(call, " fails with ", strerrorname_np(error)));
      // A signal makes nothing of sendfile, and memfd_create is asked again without a flag that older kernels do not
      // know.
      const bool again =
          !failed || (call == "sendfile" && error == EINTR) || (call == "memfd_create" && error == EINVAL);
      ASSERT_EQ(copy.ok(), again) << copy.status();
      if (!copy.ok()) {
        EXPECT_EQ(ErrnoOf(copy.status()), error);
        continue;
      }
      EXPECT_EQ(TextOf(*copy), text);
      EXPECT_EQ(fcntl(copy->get(), F_GET_SEALS), kSealed);
      EXPECT_EQ(fcntl(copy->get(), F_GETFL) & O_ACCMODE, O_RDONLY) << "what is open for writing cannot be run";
    }
    EXPECT_GT(nth, 8);
  }
}

// An address in the code of the dynamic loader, and the file of the C library, of this very process.
struct OwnLibraries {
  uint64_t loader_ip = 0;
  std::string library;
  OwnLibraries() {
    dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* self) {
          auto* found = static_cast<OwnLibraries*>(self);
          const std::string name = info->dlpi_name == nullptr ? "" : info->dlpi_name;
          if (name.ends_with("/libc.so.6")) found->library = name;
          for (int i = 0; info->dlpi_addr == getauxval(AT_BASE) && i < info->dlpi_phnum; ++i) {
            const auto& header = info->dlpi_phdr[i];
            if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0)
              found->loader_ip = info->dlpi_addr + header.p_vaddr;
          }
          return 0;
        },
        this);
  }
};

TEST(CopyFaultsTest, ALibraryIsPatchedWholeOrLeftAlone) {
  const OwnLibraries own;
  if (own.loader_ip == 0 || own.library.empty()) GTEST_SKIP() << "a static program has no loader";
  Call call;
  for (const Row& row : Table()) {
    if (row.name == "openat") call.row = &row;
  }
  call.tid = getpid();
  call.open_flags = O_RDONLY | O_CLOEXEC;
  Target target;
  target.names.resize(1);
  target.names[0].object.reset(open(own.library.c_str(), O_PATH | O_CLOEXEC));
  target.names[0].status = *StatOf(target.names[0].object.get());
  target.names[0].path = *NameOf(target.names[0].object.get());
  GatedLibraries healthy;
  const UniqueFd patched = healthy.For(call, own.loader_ip, target);
  if (!patched) GTEST_SKIP() << own.library << " is none that is patched";
  const std::string text = TextOf(patched);
  EXPECT_NE(text, Contents(own.library));
  for (const int error : kCopyErrors) {
    int nth = 1, empty = 0;
    for (bool failed = true; failed; ++nth) {
      GatedLibraries gated;
      ArmFault(nth, error);
      const UniqueFd lent = gated.For(call, own.loader_ip, target);
      const std::string broken = DisarmFault().failed;
      failed = !broken.empty();
      SCOPED_TRACE(Concat(broken, " fails with ", strerrorname_np(error)));
      if (!lent) {
        ++empty;
        EXPECT_TRUE(failed) << "nothing has failed, and the library is left alone";
        continue;
      }
      EXPECT_EQ(TextOf(lent), text);
      EXPECT_EQ(fcntl(lent.get(), F_GET_SEALS), kSealed);
      EXPECT_EQ(fcntl(lent.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
    }
    EXPECT_GT(empty, 5);
  }
}

}  // namespace
}  // namespace usher
