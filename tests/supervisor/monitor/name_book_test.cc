#include "supervisor/name_book.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <string>

#include "supervisor/tracee/dns_message.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A name server of the test's own on the loopback. It says what it is told to.
class NameBookTest : public ::testing::Test {
 protected:
  NameBookTest() : book_(loop_, {*IpAddress::Parse("127.0.0.1")}), server_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    auto* in = reinterpret_cast<sockaddr_in*>(&address_);
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(sockaddr_in);
    EXPECT_EQ(bind(server_.get(), reinterpret_cast<sockaddr*>(in), size), 0);
    EXPECT_EQ(getsockname(server_.get(), reinterpret_cast<sockaddr*>(in), &size), 0);
  }
  void Hear(const std::string& name, uint16_t type = 1) {
    book_.OnQuery(DnsQuery(name, type, 7), address_, sizeof(sockaddr_in));
  }
  // The next query that Usher itself sends; empty when there is none.
  std::string Asked() {
    char buffer[2048];
    asker_size_ = sizeof(asker_);
    const ssize_t got = recvfrom(server_.get(), buffer, sizeof(buffer), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&asker_), &asker_size_);
    return got < 0 ? std::string() : std::string(buffer, static_cast<size_t>(got));
  }
  void Answer(const std::string& query, const std::string& four_bytes) {
    const size_t question_end = query.find(std::string("\0\0\1\0\1", 5), 12) + 5;
    std::string reply = query.substr(0, question_end);
    reply[2] = static_cast<char>(0x81);
    reply[3] = static_cast<char>(0x80);
    reply[7] = 1;               // one answer
    reply[10] = reply[11] = 0;  // no OPT record
    reply += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12) + four_bytes;
    EXPECT_GT(sendto(server_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&asker_), asker_size_),
              0);
  }
  void RunUntil(const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!reached() && std::chrono::steady_clock::now() < end) loop_.RunOnce(std::chrono::milliseconds(5));
    ASSERT_TRUE(reached());
  }

  EventLoop loop_;
  NameBook book_;
  UniqueFd server_;
  sockaddr_storage address_{}, asker_{};
  socklen_t asker_size_ = 0;
};

std::string AddressBytes() { return std::string("\xc0\x00\x02\x07", 4); }
IpAddress Place() { return *IpAddress::Parse("192.0.2.7"); }

TEST_F(NameBookTest, OurOwnAnswerBindsNameToAddress) {
  Hear("WWW.Example.test");
  EXPECT_TRUE(book_.Busy());
  bool settled = false;
  book_.WhenSettled([&] { settled = true; });
  const std::string query = Asked();
  ASSERT_FALSE(query.empty());
  EXPECT_NE(query.substr(0, 2), std::string("\0\7", 2)) << "an id of our own";
  EXPECT_FALSE(settled);
  Answer(query, AddressBytes());
  RunUntil([&] { return settled; });
  EXPECT_THAT(book_.NamesOf(Place()), ElementsAre("www.example.test"));
  EXPECT_THAT(book_.NamesOf(*IpAddress::Parse("192.0.2.8")), IsEmpty());
  EXPECT_FALSE(book_.Busy());
}

TEST_F(NameBookTest, SeveralNamesOfOneAddress) {
  for (const char* name : {"b.example.test", "a.example.test"}) {
    Hear(name);
    Answer(Asked(), AddressBytes());
    RunUntil([&] { return !book_.Busy(); });
  }
  EXPECT_THAT(book_.NamesOf(Place()), ElementsAre("a.example.test", "b.example.test"));
}

TEST_F(NameBookTest, AForgedAnswerDoesNotCount) {
  Hear("www.example.test");
  std::string query = Asked();
  std::string forged = query;
  forged[0] = static_cast<char>(forged[0] ^ 0x55);
  Answer(forged, std::string("\xc0\x00\x02\x63", 4));
  for (int i = 0; i < 20; ++i) loop_.RunOnce(std::chrono::milliseconds(1));
  EXPECT_TRUE(book_.Busy()) << "another id: ours is still awaited";
  EXPECT_THAT(book_.NamesOf(*IpAddress::Parse("192.0.2.99")), IsEmpty());
  Answer(query, AddressBytes());
  RunUntil([&] { return !book_.Busy(); });
  EXPECT_THAT(book_.NamesOf(Place()), ElementsAre("www.example.test"));
}

// The sandbox asks again when it hears nothing, and so must we: its answer is no use to us.
TEST_F(NameBookTest, ALostAnswerIsAskedForAgain) {
  NameBook book(loop_, {*IpAddress::Parse("127.0.0.1")}, std::chrono::milliseconds(1));
  const std::string packet = DnsQuery("www.example.test", 1, 7);
  book.OnQuery(packet, address_, sizeof(sockaddr_in));
  EXPECT_FALSE(Asked().empty());  // and lost
  RunUntil([&] { return !book.Busy(); });
  EXPECT_THAT(book.NamesOf(Place()), IsEmpty());
  book.OnQuery(packet, address_, sizeof(sockaddr_in));
  const std::string again = Asked();
  ASSERT_FALSE(again.empty());
  Answer(again, AddressBytes());
  RunUntil([&] { return !book.Busy(); });
  EXPECT_THAT(book.NamesOf(Place()), ElementsAre("www.example.test"));
  book.OnQuery(packet, address_, sizeof(sockaddr_in));
  EXPECT_TRUE(Asked().empty()) << "that was an answer";
}

TEST_F(NameBookTest, AServerThatIsAwayIsAskedAgain) {
  server_.reset();
  Hear("b.example.test");  // what comes back is ECONNREFUSED
  RunUntil([&] { return !book_.Busy(); });
  server_.reset(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(server_.get(), reinterpret_cast<sockaddr*>(&address_), sizeof(sockaddr_in)), 0);
  Hear("b.example.test");
  EXPECT_FALSE(Asked().empty());
}

// Whoever asks and asks a server that is silent does not keep the others waiting.
TEST_F(NameBookTest, LaterLookUpsAreNotWaitedFor) {
  Hear("a.example.test");
  const std::string query = Asked();
  bool settled = false;
  book_.WhenSettled([&] { settled = true; });
  Hear("b.example.test");
  Answer(query, AddressBytes());
  RunUntil([&] { return settled; });
  EXPECT_TRUE(book_.Busy());
}

TEST_F(NameBookTest, AsksOnceAndOnlyForAddresses) {
  Hear("www.example.test");
  EXPECT_FALSE(Asked().empty());
  Hear("www.example.test");
  EXPECT_TRUE(Asked().empty()) << "not again at once";
  Hear("www.example.test", 16 /* TXT */);
  EXPECT_TRUE(Asked().empty());
  book_.OnQuery("no packet", address_, sizeof(sockaddr_in));
  EXPECT_TRUE(Asked().empty());
}

// Whoever is asked on port 53 could name any address: only those whom the machine asks anyway may.
TEST_F(NameBookTest, NobodyButTheMachinesServersNamesHosts) {
  NameBook book(loop_, {Place()});
  book.OnQuery(DnsQuery("www.example.test", 1, 7), address_, sizeof(sockaddr_in));
  EXPECT_FALSE(book.Busy());
  EXPECT_TRUE(Asked().empty());
  NameBook nobody(loop_, {});
  nobody.OnQuery(DnsQuery("www.example.test", 1, 7), address_, sizeof(sockaddr_in));
  EXPECT_FALSE(nobody.Busy());
  // The same server by its address as IPv6 has it.
  sockaddr_storage mapped{};
  auto* in6 = reinterpret_cast<sockaddr_in6*>(&mapped);
  in6->sin6_family = AF_INET6;
  in6->sin6_port = reinterpret_cast<sockaddr_in*>(&address_)->sin_port;
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6->sin6_addr);
  book_.OnQuery(DnsQuery("www.example.test", 1, 7), mapped, sizeof(sockaddr_in6));
  EXPECT_FALSE(Asked().empty());
}

TEST_F(NameBookTest, NobodyInsideTakesTheirPlace) {
  const IpAddress any = *IpAddress::Parse("0.0.0.0"), server = *IpAddress::Parse("127.0.0.1");
  EXPECT_TRUE(book_.WouldAnswerInstead(server, 53));
  EXPECT_TRUE(book_.WouldAnswerInstead(any, 53));
  EXPECT_TRUE(book_.WouldAnswerInstead(*IpAddress::Parse("::"), 53));
  EXPECT_FALSE(book_.WouldAnswerInstead(server, 5353));
  EXPECT_FALSE(book_.WouldAnswerInstead(*IpAddress::Parse("127.0.0.2"), 53));
}

TEST_F(NameBookTest, AFloodIsBounded) {
  int asked = 0;
  for (int i = 0; i < 500; ++i) {
    Hear("n" + std::to_string(i) + ".example.test");
    asked += Asked().empty() ? 0 : 1;
  }
  EXPECT_GT(asked, 10);
  EXPECT_LE(asked, 64);
}

TEST_F(NameBookTest, SettledAtOnceWhenNothingIsUnderWay) {
  bool settled = false;
  book_.WhenSettled([&] { settled = true; });
  EXPECT_FALSE(settled) << "never from inside";
  loop_.RunOnce(std::chrono::milliseconds(0));
  EXPECT_TRUE(settled);
}

}  // namespace
}  // namespace usher
