#include "supervisor/kernel/remote_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/kernel/errno_status.h"
#include "tests/support/fake_memory.h"
#include "tests/support/forked_tracee.h"

namespace usher {
namespace {

using ::testing::ElementsAre;

uint64_t AddressOf(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

// One page that is there, and after it one that is not.
class BorderPage {
 public:
  BorderPage()
      : page_(
            static_cast<char*>(mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    munmap(page_ + size_, size_);
  }
  ~BorderPage() { munmap(page_, size_); }
  char* end() const { return page_ + size_; }

 private:
  const size_t size_ = static_cast<size_t>(getpagesize());
  char* page_;
};

TEST(RemoteMemoryTest, ReadsUpToTheBorderAndNotBeyond) {
  const BorderPage page;
  const RemoteMemory memory(getpid());
  std::memcpy(page.end() - 4, "abc", 4);
  EXPECT_EQ(*memory.ReadString(AddressOf(page.end() - 4), 4096), "abc");
  EXPECT_EQ(*memory.ReadBytes(AddressOf(page.end() - 4), 4), std::string("abc\0", 4));
  EXPECT_EQ(ErrnoOf(memory.ReadBytes(AddressOf(page.end() - 4), 5).status()), EFAULT);
  page.end()[-1] = 'd';
  EXPECT_EQ(ErrnoOf(memory.ReadString(AddressOf(page.end() - 4), 4096).status()), EFAULT);
  EXPECT_EQ(ErrnoOf(memory.ReadString(AddressOf(page.end() - 4), 4).status()), ENAMETOOLONG);
  EXPECT_EQ(ErrnoOf(memory.ReadString(0, 4096).status()), EFAULT);
  EXPECT_EQ(ErrnoOf(memory.Read<uint64_t>(UINT64_MAX - 3).status()), EFAULT);
}

TEST(RemoteMemoryTest, ReadsMoreThanOneCallTakes) {
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(*RemoteMemory(getpid()).ReadBytes(AddressOf(large.data()), large.size()), large);
}

TEST(HeldMemoryTest, WritesWholeOrFails) {
  const BorderPage page;
  const auto memory = HeldMemory::Of(getpid());
  ASSERT_TRUE(memory.ok()) << memory.status();
  EXPECT_TRUE(memory->WriteBytes(AddressOf(page.end() - 2), "hi").ok());
  EXPECT_EQ(std::string(page.end() - 2, 2), "hi");
  EXPECT_EQ(ErrnoOf(memory->WriteBytes(AddressOf(page.end() - 2), "long")), EFAULT);
  EXPECT_EQ(ErrnoOf(memory->WriteBytes(0, "x")), EFAULT);
  EXPECT_EQ(ErrnoOf(memory->WriteBytes(UINT64_MAX, "x")), EFAULT);
  EXPECT_TRUE(memory->WriteBytes(0, "").ok());
}

// The number of a process that has ended can be another's: what was held is its memory all the same.
TEST(HeldMemoryTest, OfAProcessThatHasEnded) {
  const BorderPage page;
  auto tracee = std::make_unique<ForkedTracee>();
  const auto memory = HeldMemory::Of(tracee->pid());
  ASSERT_TRUE(memory.ok()) << memory.status();
  EXPECT_TRUE(memory->WriteBytes(AddressOf(page.end() - 2), "hi").ok());
  tracee.reset();
  EXPECT_FALSE(memory->WriteBytes(AddressOf(page.end() - 2), "hi").ok());
}

TEST(RemoteMemoryTest, WritesWholeOrFails) {
  const BorderPage page;
  const RemoteMemory memory(getpid());
  EXPECT_TRUE(memory.WriteBytes(AddressOf(page.end() - 2), "hi", 2).ok());
  EXPECT_EQ(std::string(page.end() - 2, 2), "hi");
  EXPECT_FALSE(memory.WriteBytes(AddressOf(page.end() - 2), "long", 4).ok());
  EXPECT_FALSE(memory.WriteBytes(0, "x", 1).ok());
}

TEST(RemoteMemoryTest, StringArrays) {
  FakeMemory memory;
  memory.PutString(0x5000, "a");
  memory.PutString(0x5010, "bc");
  memory.PutValue(0x6000, std::array<uint64_t, 3>{0x5000, 0x5010, 0});
  EXPECT_THAT(*memory.ReadStringArray(0x6000, 10, 100), ElementsAre("a", "bc"));
  EXPECT_THAT(*memory.ReadStringArray(0x6000, 2, 100), ElementsAre("a", "bc"));
  EXPECT_THAT(*memory.ReadStringArray(0x6000, 1, 100), ElementsAre("a", "…"));
  EXPECT_THAT(*memory.ReadStringArray(0x6000, 10, 4), ElementsAre("a", "…"));
  EXPECT_THAT(*memory.ReadStringArray(0, 10, 4), ElementsAre());
  EXPECT_EQ(ErrnoOf(memory.ReadStringArray(0x6ff8, 10, 100).status()), 0) << "a NULL at the end of its page";
  memory.PutValue(0x6ff8, uint64_t{0x5000});
  EXPECT_EQ(ErrnoOf(memory.ReadStringArray(0x6ff8, 10, 100).status()), EFAULT);
}

// As the kernel lays them out: one behind the other, over many pages.
TEST(RemoteMemoryTest, LongStringArrays) {
  std::string texts;
  std::vector<std::string> words;
  for (int i = 0; i < 2000; ++i) {
    words.push_back(std::string(static_cast<size_t>(i) % 37, 'a') + std::to_string(i));
    texts.append(words.back()).push_back('\0');
  }
  words.push_back(std::string(9000, 'z'));
  texts.append(words.back()).push_back('\0');
  std::vector<uint64_t> pointers;
  size_t at = 0;
  for (const std::string& word : words) {
    pointers.push_back(AddressOf(texts.data() + at));
    at += word.size() + 1;
  }
  pointers.push_back(0);
  const RemoteMemory memory(getpid());
  EXPECT_EQ(*memory.ReadStringArray(AddressOf(pointers.data()), 4000, 1 << 20), words);
  std::reverse(pointers.begin(), pointers.end() - 1);
  std::reverse(words.begin(), words.end());
  EXPECT_EQ(*memory.ReadStringArray(AddressOf(pointers.data()), 4000, 1 << 20), words);
  words.resize(700);
  words.emplace_back(kCutMark);
  EXPECT_EQ(*memory.ReadStringArray(AddressOf(pointers.data()), 700, 1 << 20), words);
}

TEST(RemoteMemoryTest, StringArraysUpToTheBorder) {
  const BorderPage page;
  std::memcpy(page.end() - 2, "x", 2);
  const std::array<uint64_t, 3> pointers{AddressOf(page.end() - 2), AddressOf(page.end() - 1), 0};
  EXPECT_THAT(*RemoteMemory(getpid()).ReadStringArray(AddressOf(pointers.data()), 9, 99), ElementsAre("x", ""));
  page.end()[-1] = 'y';
  EXPECT_EQ(ErrnoOf(RemoteMemory(getpid()).ReadStringArray(AddressOf(pointers.data()), 9, 99).status()), EFAULT);
  EXPECT_THAT(*RemoteMemory(getpid()).ReadStringArray(AddressOf(pointers.data()), 9, 2), ElementsAre("…"));
}

}  // namespace
}  // namespace usher
