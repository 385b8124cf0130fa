#include "supervisor/approval/key_reader.h"

#include <gtest/gtest.h>

namespace usher {
namespace {

using std::chrono::milliseconds;

// "o" for a character, <L> <R> <E> <B> <C> <?> for the rest.
std::string Names(const std::vector<Key>& keys) {
  static const char* const kNames[] = {"", "<L>", "<R>", "<E>", "<B>", "<C>", "<?>"};
  std::string names;
  for (const Key& key : keys) {
    if (key.kind == Key::Kind::kCharacter) {
      names += key.character;
    } else {
      names += kNames[static_cast<size_t>(key.kind)];
    }
  }
  return names;
}

struct ReaderCase {
  std::string in;
  std::string keys;
};

const ReaderCase kCases[] = {
    {"o", "o"},
    {"D?", "D?"},
    {"\r", "<E>"},
    {"\n", "<E>"},
    {"\x7f", "<B>"},
    {"\x03", "<C>"},
    {"\x1b[D\x1b[C", "<L><R>"},
    {"\x1bOD\x1bOC", "<L><R>"},
    {"\t\x01\xc3\xa4", "<?><?><?><?>"},
    // What a terminal sends by itself.
    {"\x1b[?64;1;2c", ""},                     // device attributes
    {"\x1b[24;80R", ""},                       // cursor position
    {"\x1b]11;rgb:dddd/oooo/ssss\x1b\\", ""},  // colour, ST
    {"\x1b]l os\a", ""},                       // title report, BEL
    {"\x1bP1$r0 os\x1b\\", ""},                // DECRQSS
    {"\x1b_os\x1b\\\x1b^os\x1b\\\x1bXos\x1b\\", ""},
    {"\x1b[I\x1b[O", ""},                // focus
    {"\x1b[<0;12;5M\x1b[<0;12;5m", ""},  // mouse, SGR
    {"\x1b[Mosp", ""},                   // mouse, X10: three bytes follow
    {"\x1b[Mospd", "d"},
    {"\x1b[200~osp\rk\x1b[C\x1b[201~", ""},  // pasted
    {"\x1b[200~o\x1b[201~d", "d"},
    {"\x1b[1;5D\x1b[A\x1b[3~", ""},
    {"\x1bo", ""},  // Alt-o
    {"\x1b\x1b[D", "<L>"},
};

TEST(KeyReader, KeysAreKeysAndReportsAreNot) {
  for (const ReaderCase& test : kCases) {
    KeyReader reader;
    EXPECT_EQ(Names(reader.Feed(test.in, KeyReader::Clock::time_point{})), test.keys) << test.in;
  }
}

TEST(KeyReader, WhereverTheBytesAreCut) {
  const KeyReader::Clock::time_point now{};
  for (const ReaderCase& test : kCases) {
    for (size_t cut = 0; cut <= test.in.size(); ++cut) {
      KeyReader reader;
      std::string keys = Names(reader.Feed(test.in.substr(0, cut), now));
      keys += Names(reader.Feed(test.in.substr(cut), now));
      EXPECT_EQ(keys, test.keys) << test.in << " cut at " << cut;
    }
  }
}

TEST(KeyReader, EscapeAloneDoesNotSwallowTheNextKey) {
  KeyReader reader;
  const KeyReader::Clock::time_point start{};
  EXPECT_EQ(Names(reader.Feed("\x1b", start)), "");
  EXPECT_EQ(Names(reader.Feed("d", start + milliseconds(200))), "d");
}

TEST(KeyReader, AReportThatNeverEndsIsGivenUpAfterASilence) {
  KeyReader reader;
  const KeyReader::Clock::time_point start{};
  EXPECT_EQ(Names(reader.Feed("\x1b]0;oops", start)), "");
  EXPECT_EQ(Names(reader.Feed("os", start + milliseconds(300))), "");
  EXPECT_EQ(Names(reader.Feed("d", start + milliseconds(1400))), "d");
}

}  // namespace
}  // namespace usher
