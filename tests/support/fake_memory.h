// A tracee's memory that a test lays out: pages that are there, and everything else that is not.

#ifndef USHER_TESTS_SUPPORT_FAKE_MEMORY_H_
#define USHER_TESTS_SUPPORT_FAKE_MEMORY_H_

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/remote_memory.h"

namespace usher {

class FakeMemory : public RemoteMemory {
 public:
  static constexpr uint64_t kPage = 4096;

  FakeMemory() : RemoteMemory(0) {}

  // Makes the pages under [address, address + bytes) exist and writes there.
  void Put(uint64_t address, std::string_view bytes) {
    for (size_t done = 0; done < bytes.size();) {
      const uint64_t at = address + done;
      std::string& page = Page(at);
      const size_t step = std::min<size_t>(bytes.size() - done, kPage - at % kPage);
      std::memcpy(page.data() + at % kPage, bytes.data() + done, step);
      done += step;
    }
  }
  template <typename T>
  void PutValue(uint64_t address, const T& value) {
    Put(address, {reinterpret_cast<const char*>(&value), sizeof(value)});
  }
  // With its NUL.
  void PutString(uint64_t address, std::string_view text) { Put(address, std::string(text) + '\0'); }

  // How much was asked for in all: a decoder that is told of huge counts must not believe them.
  mutable size_t asked = 0;

 protected:
  absl::StatusOr<size_t> ReadSome(RemoteAddress address, char* buffer, size_t size) const override {
    asked += size;
    size_t done = 0;
    while (done < size) {
      const uint64_t at = address + done;
      const auto page = pages_.find(at / kPage);
      if (page == pages_.end()) break;
      const size_t step = std::min<size_t>(size - done, kPage - at % kPage);
      std::memcpy(buffer + done, page->second.data() + at % kPage, step);
      done += step;
    }
    if (done == 0 && size > 0) return ErrnoStatus("process_vm_readv", EFAULT);
    return done;
  }

 private:
  std::string& Page(uint64_t address) {
    std::string& page = pages_[address / kPage];
    page.resize(kPage);
    return page;
  }

  std::map<uint64_t, std::string> pages_;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_FAKE_MEMORY_H_
