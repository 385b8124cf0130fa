#include "supervisor/tracee/dns_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint16_t kA = 1, kAaaa = 28;

// Packets written out: header (id, flags, four counts), then sections.
std::string Bytes(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}
const std::string kName = std::string(
    "\x03www\x07"
    "Example\x04test\x00",
    18);
const std::string kQuery = Bytes({0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0}) + kName + Bytes({0, kA, 0, 1});
std::string Answer(int count) { return Bytes({0x12, 0x34, 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0}) + kName; }
// A record about the question's own name (a pointer to offset 12).
std::string Record(uint16_t type, const std::string& data, const std::string& owner = "\xc0\x0c") {
  return owner + Bytes({0, type, 0, 1, 0, 0, 0, 60, 0, static_cast<int>(data.size())}) + data;
}
std::vector<std::string> Addresses(const std::string& packet, uint16_t type) {
  std::vector<std::string> texts;
  for (const IpAddress& address : DnsAddressesIn(packet, type)) texts.push_back(address.ToString());
  return texts;
}

TEST(DnsMessageTest, TheQuestion) {
  const auto question = DnsQuestionOf(kQuery);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->name, "www.example.test");
  EXPECT_EQ(question->type, kA);
  const auto extended = DnsQuestionOf(kQuery + "anything, an OPT record say");
  ASSERT_TRUE(extended);
}

TEST(DnsMessageTest, WhatIsNoQuestion) {
  for (size_t size = 0; size < kQuery.size(); ++size) EXPECT_FALSE(DnsQuestionOf(kQuery.substr(0, size))) << size;
  std::string response = kQuery, update = kQuery, two = kQuery, none = kQuery;
  response[2] = '\x81';
  update[2] = '\x29';
  two[5] = 2;
  none[5] = 0;
  for (const std::string& packet : {response, update, two, none}) EXPECT_FALSE(DnsQuestionOf(packet));
  EXPECT_FALSE(DnsQuestionOf(kQuery.substr(0, 12) + Bytes({0, 0, kA, 0, 1}))) << "the root";
}

TEST(DnsMessageTest, NamesThatLeadNowhere) {
  const std::string head = kQuery.substr(0, 12);
  EXPECT_FALSE(DnsQuestionOf(head + Bytes({0xc0, 0x0c, 0, kA, 0, 1}))) << "a pointer to itself";
  EXPECT_FALSE(DnsQuestionOf(head + Bytes({0xc0, 0x0e, 0xc0, 0x0c, 0, kA, 0, 1}))) << "two that point at each other";
  EXPECT_FALSE(DnsQuestionOf(head + Bytes({0xff, 0xff, 0, kA, 0, 1}))) << "beyond the packet";
  EXPECT_FALSE(DnsQuestionOf(head + Bytes({63, 'a', 0, kA, 0, 1}))) << "a label longer than the packet";
  EXPECT_FALSE(DnsQuestionOf(head + Bytes({0x80, 'a', 0, 0, kA, 0, 1}))) << "a label of no known kind";
}

TEST(DnsMessageTest, Addresses) {
  EXPECT_THAT(Addresses(Answer(2).append(Bytes({0, kA, 0, 1})) + Record(kA, Bytes({192, 0, 2, 7})) +
                            Record(kA, Bytes({192, 0, 2, 8})),
                        kA),
              ElementsAre("192.0.2.7", "192.0.2.8"));
  const std::string v6 = Bytes({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9});
  EXPECT_THAT(Addresses(Answer(1) + Bytes({0, kAaaa, 0, 1}) + Record(kAaaa, v6), kAaaa), ElementsAre("2001:db8::9"));
}

TEST(DnsMessageTest, AliasesAreFollowed) {
  const std::string alias(
      "\x01"
      "c\x04test\x00",
      8);
  const std::string packet =
      Answer(2) + Bytes({0, kA, 0, 1}) + Record(5 /* CNAME */, alias) + Record(kA, Bytes({192, 0, 2, 9}), alias);
  EXPECT_THAT(Addresses(packet, kA), ElementsAre("192.0.2.9"));
}

TEST(DnsMessageTest, AnswersThatAreNone) {
  const std::string good = Answer(1) + Bytes({0, kA, 0, 1}) + Record(kA, Bytes({192, 0, 2, 7}));
  ASSERT_THAT(Addresses(good, kA), SizeIs(1));
  for (size_t size = 0; size < good.size(); ++size) EXPECT_THAT(Addresses(good.substr(0, size), kA), IsEmpty()) << size;
  EXPECT_THAT(Addresses(good, kAaaa), IsEmpty());
  EXPECT_THAT(Addresses(good, 15), IsEmpty()) << "a type that nobody asks for";
  EXPECT_THAT(Addresses(Answer(1) + Bytes({0, kA, 0, 1}) + Record(kA, Bytes({192, 0, 2})), kA), IsEmpty());
  const std::string loop = Answer(1) + Bytes({0, kA, 0, 1}) + Record(kA, Bytes({192, 0, 2, 7}), Bytes({0xc0, 34}));
  EXPECT_THAT(Addresses(loop, kA), IsEmpty()) << "a name that points at itself";
}

TEST(DnsMessageTest, OurOwnQueryIsAQuestion) {
  const std::string packet = DnsQuery("www.example.test", kAaaa, 0x1234);
  const auto question = DnsQuestionOf(packet);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->name, "www.example.test");
  EXPECT_EQ(question->type, kAaaa);
  EXPECT_EQ(packet.substr(0, 2), "\x12\x34");
  EXPECT_EQ(DnsQuery(std::string(300, 'a'), kA, 1), "");
  EXPECT_EQ(DnsQuery("a..b", kA, 1), "");
}

}  // namespace
}  // namespace usher
