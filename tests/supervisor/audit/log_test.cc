#include "supervisor/audit/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "supervisor/audit/log_chain.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using TimePoint = std::chrono::system_clock::time_point;

TimePoint At(int64_t unix_ms) { return TimePoint(std::chrono::milliseconds(unix_ms)); }

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/usher-log-test.XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    path_ = directory_ + "/events.jsonl";
  }
  void TearDown() override {
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }

  static RunInfo Run() {
    return {.id = "s-1",
            .argv = {"agent", "--token=abc"},
            .workspace = "/w",
            .user = "me",
            .host = "Debian",
            .engine = "seccomp-notify",
            .started_unix_ms = 1'700'000'000'123,
            .masked_names = {"ACME_*"}};
  }

  std::string Contents() const {
    std::ifstream file(path_, std::ios::binary);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }

  void Replace(const std::string& contents) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << contents;
  }

  std::vector<json> Lines() const {
    std::vector<json> lines;
    std::stringstream all(Contents());
    for (std::string line; std::getline(all, line);) lines.push_back(json::parse(line));
    return lines;
  }

  std::string directory_, path_;
};

// A log with a few lines of different shapes.
absl::Status Fill(AuditLog& log, int count) {
  const Operation operation = FileOperation{.action = FileAction::kWrite, .path = "/w/file", .asked = "file"};
  const Decision decision{.verdict = Verdict::kAllow, .rule = "write.allow \".\"", .source = "builtin:developer:3:1"};
  const Subject subject{.pid = 7, .tid = 8, .start_ticks = 99, .exe = "/usr/bin/python3"};
  for (int i = 0; i < count; ++i) {
    USHER_RETURN_IF_ERROR(
        log.Append({.syscall = "openat", .operation = &operation, .decision = &decision, .subject = &subject},
                   At(1'700'000'001'000 + i)));
  }
  return absl::OkStatus();
}

TEST_F(LogTest, StartsWithTheRun) {
  absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->lines(), 1u);
  const json first = Lines().at(0);
  EXPECT_EQ(first["n"], 0);
  EXPECT_EQ(first["prev"], std::string(64, '0'));
  EXPECT_EQ(first["t"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(first["type"], "run.start");
  EXPECT_EQ(first["argv"], json::array({"agent", "--token=[redacted]"}));
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(LogTest, NeverTakesOverAFile) {
  Replace("somebody's");
  const absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  EXPECT_EQ(ErrnoOf(log.status()), EEXIST);
  EXPECT_EQ(Contents(), "somebody's");
}

TEST_F(LogTest, WritesAJudgedCall) {
  absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  ASSERT_TRUE(log.ok());
  const Operation operation =
      ExecOperation{.path = "/usr/bin/curl", .asked = "curl", .argv = {"curl", "-u", "me:pw", "ACME_ID=7", "\xFF"}};
  const Decision decision{.verdict = Verdict::kAsk, .risk = Risk::kNetwork, .rule = "exec.ask", .source = "p:1:1"};
  const Subject subject{.pid = 7,
                        .tid = 7,
                        .start_ticks = 99,
                        .exe = "/bin/sh\n{",
                        .cwd = "/w",
                        .argv = {"sh", "-c", "TOKEN=x curl"},
                        .chain = {"agent", "sh"}};
  ASSERT_TRUE(log->Append({.syscall = "execve",
                           .operation = &operation,
                           .decision = &decision,
                           .subject = &subject,
                           .error = EACCES,
                           .done = false,
                           .answer = "timeout",
                           .answered_by = "",
                           .open = std::chrono::milliseconds(60'000)},
                          At(1'700'000'000'999))
                  .ok());
  const json line = Lines().at(1);
  EXPECT_EQ(line["type"], "call");
  EXPECT_EQ(line["syscall"], "execve");
  EXPECT_EQ(line["kind"], "exec");
  EXPECT_EQ(line["object"], "/usr/bin/curl");
  EXPECT_EQ(line["asked"], "curl");
  EXPECT_EQ(line["argv"], json::array({"curl", "-u", "[redacted]", "ACME_ID=[redacted]", "\ufffd"}));
  EXPECT_EQ(line["argv_b64"][4], "/w==");
  EXPECT_EQ(line["verdict"], "ask");
  EXPECT_EQ(line["risk"], "network");
  EXPECT_EQ(line["done"], false);
  EXPECT_EQ(line["errno"], "EACCES");
  EXPECT_EQ(line["answer"], "timeout");
  EXPECT_EQ(line["open_ms"], 60'000);
  EXPECT_EQ(line["exe"], "/bin/sh\n{");
  EXPECT_EQ(line["command"], json::array({"sh", "-c", "TOKEN=[redacted] curl"}));
  EXPECT_EQ(line["chain"], json::array({"agent", "sh"}));
  EXPECT_THAT(Contents(), ::testing::Not(HasSubstr("me:pw")));
}

TEST_F(LogTest, WritesEventsButOnlyWholeOnes) {
  absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  ASSERT_TRUE(log.ok());
  EXPECT_TRUE(log->AppendEvent("run.end", R"("exit":3)", At(0)).ok());
  EXPECT_TRUE(log->AppendEvent("run.pause", "", At(0)).ok());
  for (const std::string_view bad : {R"("exit":)", "\"a\":1\n", R"("a":1},{"b":2)", R"("a":"\x01")", "}"}) {
    EXPECT_EQ(log->AppendEvent("run.end", bad, At(0)).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_EQ(log->lines(), 3u);
  EXPECT_EQ(log->dropped(), 0u);
  EXPECT_EQ(Lines().at(1)["exit"], 3);
  EXPECT_EQ(*VerifyLog(path_), 3u);
}

TEST_F(LogTest, HoldsTogether) {
  absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(Fill(*log, 20).ok());
  const absl::StatusOr<LogChain> chain = VerifyLogChain(path_);
  ASSERT_TRUE(chain.ok()) << chain.status();
  EXPECT_EQ(chain->lines, 21u);
  EXPECT_EQ(chain->lines, log->lines());
  EXPECT_EQ(chain->head, log->head());
  EXPECT_EQ(chain->sha256, LineHash(Contents()));
  EXPECT_EQ(chain->dropped, 0u);
}

TEST_F(LogTest, AnyFlippedBitShows) {
  absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(Fill(*log, 2).ok());
  const std::string good = Contents();
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int bit : {0, 5}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      ChainVerifier verifier;
      absl::Status fed = verifier.Feed(bad);
      absl::StatusOr<LogChain> chain = verifier.Finish();
      // The last line has only its head to vouch for it.
      EXPECT_TRUE(!chain.ok() || chain->head != log->head()) << "byte " << at << ", bit " << bit;
      if (at < good.rfind('\n', good.size() - 2)) {
        EXPECT_EQ(chain.status().code(), absl::StatusCode::kDataLoss) << "byte " << at << ", bit " << bit;
      }
    }
  }
}

TEST_F(LogTest, LinesMissingMovedOrAddedShow) {
  absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(Fill(*log, 3).ok());
  std::vector<std::string> lines;
  std::stringstream all(Contents());
  for (std::string line; std::getline(all, line);) lines.push_back(line + "\n");
  ASSERT_EQ(lines.size(), 4u);

  struct Case {
    const char* what;
    std::string contents;
    const char* names;
  };
  for (const Case& c : std::vector<Case>{
           {"first gone", lines[1] + lines[2], "line 1 "},
           {"middle gone", lines[0] + lines[2] + lines[3], "line 2 "},
           {"swapped", lines[0] + lines[2] + lines[1] + lines[3], "line 2 "},
           {"twice", lines[0] + lines[1] + lines[1] + lines[2], "line 3 "},
           {"cut off", lines[0] + lines[1].substr(0, 40), "line 2 has no end"},
           {"empty line", lines[0] + "\n" + lines[1], "line 2 "},
           {"nothing", "", "empty"},
           {"garbage", "hello\n", "line 1 is not a line"},
       }) {
    Replace(c.contents);
    const absl::StatusOr<uint64_t> count = VerifyLog(path_);
    EXPECT_EQ(count.status().code(), absl::StatusCode::kDataLoss) << c.what;
    EXPECT_THAT(std::string(count.status().message()), HasSubstr(c.names)) << c.what;
  }
  Replace(lines[0] + lines[1] + lines[2] + lines[3]);
  EXPECT_EQ(*VerifyLog(path_), 4u);
}

TEST_F(LogTest, ReadsInPiecesOfAnySize) {
  absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(Fill(*log, 3).ok());
  const std::string good = Contents();
  for (const size_t size : {size_t{1}, size_t{7}, size_t{100}, good.size()}) {
    ChainVerifier verifier;
    for (size_t at = 0; at < good.size(); at += size) ASSERT_TRUE(verifier.Feed(good.substr(at, size)).ok());
    const absl::StatusOr<LogChain> chain = verifier.Finish();
    ASSERT_TRUE(chain.ok()) << chain.status();
    EXPECT_EQ(chain->head, log->head());
  }
}

TEST_F(LogTest, RefusesALineWithoutEnd) {
  ChainVerifier verifier;
  const std::string block(1 << 20, 'x');
  absl::Status status;
  for (int i = 0; i < 5 && status.ok(); ++i) status = verifier.Feed(block);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

// A file size limit is what a full disk looks like to write(2): first a short write, then an error. In a child, because
// a limit that was lowered cannot always be raised again.
TEST_F(LogTest, AFullDiskCostsLinesButNoTruth) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
    if (!log.ok() || !Fill(*log, 3).ok()) _exit(10);
    struct stat before;
    stat(path_.c_str(), &before);

    // Room for a part of the next line only.
    rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t old = limit.rlim_cur;
    limit.rlim_cur = static_cast<rlim_t>(before.st_size) + 50;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 2; ++i) {
      if (Fill(*log, 1).ok()) _exit(11);
      struct stat after;
      stat(path_.c_str(), &after);
      if (after.st_size != before.st_size) _exit(12);  // not one byte of the broken line stays
    }
    if (log->dropped() != 2 || log->lines() != 4) _exit(13);

    // Exactly full: not even a short write.
    limit.rlim_cur = static_cast<rlim_t>(before.st_size);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (Fill(*log, 1).ok() || log->dropped() != 3) _exit(14);

    limit.rlim_cur = old;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (!Fill(*log, 2).ok() || log->dropped() != 3 || log->lines() != 6) _exit(15);
    const absl::StatusOr<LogChain> chain = VerifyLogChain(path_);
    _exit(chain.ok() && chain->head == log->head() ? 0 : 16);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
  const std::vector<json> lines = Lines();
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[4]["dropped"], 3);
  EXPECT_FALSE(lines[5].contains("dropped"));
  EXPECT_EQ(VerifyLogChain(path_)->dropped, 3u);
}

TEST_F(LogTest, OneAppendIsOneWholeLineWhateverTheNamesSay) {
  absl::StatusOr<AuditLog> log = AuditLog::Create(path_, Run());
  ASSERT_TRUE(log.ok());
  const Operation operation = FileOperation{.action = FileAction::kCreate,
                                            .path = "/w/a\n{\"n\":2,\"prev\":\"\xFF\"}\n\x1b[2J\u202e",
                                            .asked = std::string(100'000, '\n')};
  const Decision decision{.verdict = Verdict::kAllow, .rule = "r"};
  ASSERT_TRUE(log->Append({.syscall = "openat", .operation = &operation, .decision = &decision}, At(0)).ok());
  const std::string all = Contents();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 2);
  EXPECT_TRUE(std::none_of(all.begin(), all.end(), [](char c) { return c == '\x1b'; }));
  EXPECT_EQ(*VerifyLog(path_), 2u);
}

TEST(TimestampTest, IsUtcWithMilliseconds) {
  struct Case {
    int64_t unix_ms;
    const char* text;
  };
  for (const Case& c : std::vector<Case>{{0, "1970-01-01T00:00:00.000Z"},
                                         {951'782'400'007, "2000-02-29T00:00:00.007Z"},
                                         {1'700'000'000'123, "2023-11-14T22:13:20.123Z"}}) {
    std::string text;
    AppendTimestamp(text, c.unix_ms);
    EXPECT_EQ(text, c.text);
  }
}

}  // namespace
}  // namespace usher
