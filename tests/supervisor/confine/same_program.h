// Whether the filter that the build made is the one that is planned now, instruction by instruction.

#ifndef USHER_TESTS_SUPERVISOR_CONFINE_SAME_PROGRAM_H_
#define USHER_TESTS_SUPERVISOR_CONFINE_SAME_PROGRAM_H_

#include <gtest/gtest.h>
#include <linux/filter.h>

#include <cstddef>
#include <span>

namespace usher {

inline void ExpectSameProgram(std::span<const sock_filter> built, std::span<const sock_filter> planned) {
  ASSERT_EQ(built.size(), planned.size());
  for (size_t i = 0; i < built.size(); ++i) {
    EXPECT_TRUE(built[i].code == planned[i].code && built[i].jt == planned[i].jt && built[i].jf == planned[i].jf &&
                built[i].k == planned[i].k)
        << i;
  }
}

}  // namespace usher

#endif  // USHER_TESTS_SUPERVISOR_CONFINE_SAME_PROGRAM_H_
