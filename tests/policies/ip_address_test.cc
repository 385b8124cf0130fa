#include "policies/ip_address.h"

#include <gtest/gtest.h>

namespace usher {
namespace {

TEST(IpAddressTest, ReadsAndWritesOneSpelling) {
  const struct {
    const char *text, *shown;
  } kCases[] = {
      {"10.0.0.1", "10.0.0.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"1:0:0:2:0:0:3:4", "1::2:0:0:3:4"},
      {"::ffff:1.2.3.4", "::ffff:102:304"},
      {"64:ff9b::8.8.8.8", "64:ff9b::808:808"},
  };
  for (const auto& test : kCases) {
    const auto address = IpAddress::Parse(test.text);
    ASSERT_TRUE(address) << test.text;
    EXPECT_EQ(address->ToString(), test.shown);
    EXPECT_EQ(IpAddress::Parse(test.shown), address) << test.text;
  }
}

TEST(IpAddressTest, RefusesWhatOthersReadInSeveralWays) {
  for (const char* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.0.0.1",
                           "01.2.3.4",
                           "0x7f.0.0.1",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1..3.4",
                           "-1.2.3.4",
                           ":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "::1::",
                           "12345::",
                           "g::",
                           "1:2:3:4:5:6:7::8",
                           "::1.2.3",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "fe80::1%eth0",
                           "[::1]",
                           "+1::"}) {
    EXPECT_FALSE(IpAddress::Parse(text)) << text;
  }
}

TEST(IpAddressTest, TheSamePlaceHasOneValue) {
  const struct {
    const char *text, *judged;
  } kCases[] = {
      {"::ffff:127.0.0.1", "127.0.0.1"},
      {"::ffff:10.1.2.3", "10.1.2.3"},
      {"64:ff9b::169.254.169.254", "169.254.169.254"},
      {"2002:a9fe:a9fe::1", "169.254.169.254"},
      {"0.0.0.0", "127.0.0.1"},
      {"::", "::1"},
      {"::ffff:0.0.0.0", "127.0.0.1"},
      {"8.8.8.8", "8.8.8.8"},
      {"2001:db8::1", "2001:db8::1"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(IpAddress::Parse(test.text)->Normalised().ToString(), test.judged) << test.text;
  }
}

TEST(IpAddressTest, KnowsThisMachine) {
  for (const char* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.2"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->IsLoopback()) << text;
  }
  for (const char* text : {"128.0.0.1", "::2", "0.0.0.0", "::"}) {
    EXPECT_FALSE(IpAddress::Parse(text)->IsLoopback()) << text;
  }
  for (const char* text : {"0.0.0.0", "::", "::ffff:0.0.0.0"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->IsUnspecified()) << text;
  }
  EXPECT_FALSE(IpAddress::Parse("0.0.0.1")->IsUnspecified());
}

TEST(IpRangeTest, ContainsItsAddressesAndNoOthers) {
  const struct {
    const char *range, *inside, *outside;
  } kCases[] = {
      {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
      {"192.168.1.0/25", "192.168.1.127", "192.168.1.128"},
      {"1.2.3.4", "1.2.3.4", "1.2.3.5"},
      {"0.0.0.0/0", "200.1.1.1", "::1"},
      {"fe80::/10", "febf::1", "fec0::1"},
      {"fd00:ec2::/32", "fd00:ec2::254", "fd00:ec3::1"},
      {"::1", "::1", "::2"},
      {"::/0", "2001:db8::1", "127.0.0.1"},
      {"::ffff:10.0.0.0/104", "10.1.1.1", "::1"},
  };
  for (const auto& test : kCases) {
    const auto range = IpRange::Parse(test.range);
    ASSERT_TRUE(range) << test.range;
    EXPECT_TRUE(range->Contains(*IpAddress::Parse(test.inside))) << test.range;
    EXPECT_FALSE(range->Contains(*IpAddress::Parse(test.outside))) << test.range;
  }
}

TEST(IpRangeTest, RefusesBadPrefixes) {
  for (const char* text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "::/129", "/8", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(IpRange::Parse(text)) << text;
  }
  EXPECT_EQ(IpRange::Parse("10.0.0.0/8")->ToString(), "10.0.0.0/8");
  EXPECT_EQ(IpRange::Parse("::1")->ToString(), "::1");
}

}  // namespace
}  // namespace usher
