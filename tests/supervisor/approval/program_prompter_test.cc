#include "supervisor/approval/program_prompter.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "supervisor/approval/binding.h"
#include "tests/supervisor/approval/temporary_directory.h"

namespace usher {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Answers every request with $OPTION, the way any shell script would.
constexpr char kAnswering[] = R"(
while read -r line; do
  printf '%s\n' "$line" >> "$LOG"
  case $line in *'"type":"request"'*)
    id=${line#*'"id":"'}; id=${id%%'"'*}
    digest=${line##*'"digest":"'}; digest=${digest%%'"'*}
    printf '{"v":1,"type":"decision","id":"%s","option":"%s","digest":"%s"}\n' "$id" "$OPTION" "$digest";;
  esac
done)";

class ProgramPrompterTest : public ::testing::Test {
 protected:
  ProgramPrompterTest() {
    setenv("LOG", log().c_str(), 1);
    setenv("OPTION", "once", 1);
  }
  std::string log() const { return temporary_.path() + "/log"; }

  std::unique_ptr<ProgramPrompter> Start(const std::string& script, milliseconds ping = milliseconds(15000)) {
    auto prompter =
        ProgramPrompter::Start(loop_, {.command = {"/bin/sh", "-c", script},
                                       .session = "s-1",
                                       .ping = ping,
                                       .on_notice = [this](const std::string& text) { notices_.push_back(text); }});
    EXPECT_TRUE(prompter.ok()) << prompter.status();
    return *std::move(prompter);
  }
  PromptRequest Request(std::string id) const {
    PromptRequest request{.id = std::move(id),
                          .operation = FileOperation{.action = FileAction::kRead, .path = "/x/a"},
                          .subject = {.exe = "/bin/cat"},
                          .ladder = {FileScope{FileUse::kRead, "/x/a", false}},
                          .lives = {GrantLife::kOnce, GrantLife::kSession},
                          .asked_at = std::chrono::steady_clock::now(),
                          .hold = milliseconds(60000)};
    request.digest = DigestOf(request);
    return request;
  }
  void Ask(ProgramPrompter& prompter, const PromptRequest& request) {
    prompter.Show(request, [this](const Answer& answer) { answers_.push_back(answer); });
  }
  void RunUntil(const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!reached() && std::chrono::steady_clock::now() < end) loop_.RunOnce(milliseconds(10));
    ASSERT_TRUE(reached());
  }

  TemporaryDirectory temporary_;
  EventLoop loop_;
  std::vector<Answer> answers_;
  std::vector<std::string> notices_;
};

TEST_F(ProgramPrompterTest, AsksAndBringsTheAnswerBack) {
  auto prompter = Start(kAnswering);
  EXPECT_EQ(prompter->name(), "approver:sh");
  EXPECT_TRUE(prompter->Live());
  Ask(*prompter, Request("r1"));
  EXPECT_THAT(answers_, IsEmpty()) << "never from inside Show";
  RunUntil([&] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].choice, Choice::kAllow);
  EXPECT_EQ(answers_[0].request, "r1");
  EXPECT_EQ(answers_[0].digest, Request("r1").digest);
  EXPECT_EQ(answers_[0].by, "approver:sh");
  EXPECT_THAT(Contents(log()), HasSubstr(R"("type":"hello","session":"s-1")"));
}

TEST_F(ProgramPrompterTest, AnUnknownOptionIsADeny) {
  setenv("OPTION", "sure", 1);
  auto prompter = Start(kAnswering);
  Ask(*prompter, Request("r1"));
  RunUntil([&] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].choice, Choice::kDeny);
}

TEST_F(ProgramPrompterTest, AShownQuestionIsUpdatedAndNotAskedTwice) {
  auto prompter = Start("cat > \"$LOG\"");
  PromptRequest request = Request("r1");
  Ask(*prompter, request);
  request.held_calls = 7;
  Ask(*prompter, request);
  prompter->Withdraw("r1", "gone: the process ended");
  prompter->Withdraw("r9", "never shown");
  prompter->Resolved({.request = "r2", .allow = true});
  prompter->Notice("mind");
  RunUntil([&] { return Contents(log()).find("mind") != std::string::npos; });
  const std::string text = Contents(log());
  EXPECT_EQ(text.find("\"request\""), text.rfind("\"request\""));
  EXPECT_THAT(text, HasSubstr(R"("type":"update","id":"r1","held":7)"));
  EXPECT_THAT(text, HasSubstr("gone: the process ended"));
  EXPECT_EQ(text.find("r9"), std::string::npos);
}

TEST_F(ProgramPrompterTest, AnAnswerToAWithdrawnQuestionIsDropped) {
  auto prompter = Start(
      "read -r hello; read -r request; read -r withdrawn; printf "
      "'{\"type\":\"decision\",\"id\":\"r1\",\"option\":\"once\"}\\n{\"type\":\"nonsense\"}\\n'; cat >/dev/null");
  Ask(*prompter, Request("r1"));
  prompter->Withdraw("r1", "gone");
  RunUntil([&] { return !notices_.empty(); });
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_TRUE(prompter->Live());
}

TEST_F(ProgramPrompterTest, AProgramThatEndsIsGoneAndWhatItWasShownIsDenied) {
  auto prompter = Start("read -r hello; read -r request; exit 0");
  Ask(*prompter, Request("r1"));
  RunUntil([&] { return !prompter->Live(); });
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].choice, Choice::kDeny);
  EXPECT_EQ(answers_[0].digest, Request("r1").digest);
  ASSERT_THAT(notices_, SizeIs(1));
  EXPECT_THAT(notices_[0], HasSubstr("approver:sh is gone"));
}

TEST_F(ProgramPrompterTest, WhoeverListensForTheEndDecidesWhatBecomesOfTheQuestions) {
  auto prompter = Start("read -r hello; read -r request; kill -9 $$");
  int gone = 0;
  prompter->set_on_gone([&] { ++gone; });
  Ask(*prompter, Request("r1"));
  RunUntil([&] { return gone > 0; });
  for (int i = 0; i < 5; ++i) loop_.RunOnce(milliseconds(1));
  EXPECT_EQ(gone, 1);
  EXPECT_FALSE(prompter->Live());
  EXPECT_THAT(answers_, IsEmpty());
  Ask(*prompter, Request("r2"));  // to nobody, without harm
  prompter->Notice("nobody");
}

TEST_F(ProgramPrompterTest, ADeadProgramIsNoticedThoughAChildKeepsItsPipesOpen) {
  auto prompter = Start("sleep 30 2>/dev/null & exit 0");
  RunUntil([&] { return !prompter->Live(); });
}

TEST_F(ProgramPrompterTest, AnEndlessLineIsTheEnd) {
  auto prompter = Start("head -c 100000 /dev/zero | tr '\\0' x; cat >/dev/null");
  RunUntil([&] { return !prompter->Live(); });
  EXPECT_THAT(notices_.at(0), HasSubstr("64 KiB"));
}

TEST_F(ProgramPrompterTest, ALongLineBelowTheBoundIsOnlyANotice) {
  auto prompter = Start("head -c 60000 /dev/zero | tr '\\0' x; echo; cat >/dev/null");
  RunUntil([&] { return !notices_.empty(); });
  EXPECT_TRUE(prompter->Live());
}

TEST_F(ProgramPrompterTest, AProgramThatDoesNotReadNeverBlocksUs) {
  auto prompter = Start("exec sleep 30");
  PromptRequest request = Request("r1");
  request.subject.argv = {std::string(100000, 'x')};
  for (int i = 0; i < 30 && prompter->Live(); ++i) {
    request.id = "r" + std::to_string(i);
    Ask(*prompter, request);
    loop_.RunOnce(milliseconds(0));
  }
  RunUntil([&] { return !prompter->Live(); });
  EXPECT_THAT(notices_.at(0), HasSubstr("does not read"));
}

TEST_F(ProgramPrompterTest, WhoPingsOnceMustGoOnPinging) {
  auto silent = Start("cat >/dev/null", milliseconds(30));
  auto pinging = Start("printf '{\"type\":\"ping\"}\\n'; cat >/dev/null", milliseconds(30));
  RunUntil([&] { return !pinging->Live(); });
  EXPECT_THAT(notices_.at(0), HasSubstr("pings"));
  EXPECT_TRUE(silent->Live());
}

TEST_F(ProgramPrompterTest, InheritsNothingButItsThreeDescriptors) {
  const UniqueFd mine(open("/dev/null", O_RDONLY));  // as if whoever started us had left it open
  auto prompter = Start("ls /proc/self/fd > \"$LOG.new\"; mv \"$LOG.new\" \"$LOG\"; cat >/dev/null");
  RunUntil([&] { return !Contents(log()).empty(); });
  EXPECT_EQ(Contents(log()), "0\n1\n2\n3\n") << "3 is the directory that ls reads";
}

TEST_F(ProgramPrompterTest, NobodyCanOpenItsEndsAnew) {
  auto prompter = Start("while read -r line; do :; done");  // keeps both ends as they are
  for (const char* fd : {"0", "1"}) {
    const std::string place = "/proc/" + std::to_string(prompter->pid()) + "/fd/" + fd;
    char target[64] = {};
    ASSERT_GT(readlink(place.c_str(), target, sizeof(target) - 1), 0);
    EXPECT_THAT(std::string(target), ::testing::StartsWith("socket:"));
    EXPECT_EQ(open(place.c_str(), O_RDWR), -1);
    EXPECT_EQ(errno, ENXIO);
  }
}

TEST_F(ProgramPrompterTest, HasAProcessGroupOfItsOwnWithSignalsAtTheirDefaults) {
  const auto old = signal(SIGPIPE, SIG_IGN);
  auto prompter = Start("cat >/dev/null");
  signal(SIGPIPE, old);
  EXPECT_EQ(getpgid(prompter->pid()), prompter->pid());
  const std::string status = Contents("/proc/" + std::to_string(prompter->pid()) + "/status");
  const uint64_t ignored = std::stoull(status.substr(status.find("SigIgn:") + 7), nullptr, 16);
  EXPECT_EQ(ignored & (1u << (SIGPIPE - 1)), 0u);
}

TEST_F(ProgramPrompterTest, EndsWithItsPrompter) {
  auto prompter = Start("trap '' TERM; while :; do sleep 1; done");
  const pid_t pid = prompter->pid();
  EXPECT_EQ(kill(pid, 0), 0);
  prompter.reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(ProgramPrompterTest, AProgramThatIsNotThereIsAnErrorThatNamesIt) {
  const auto prompter = ProgramPrompter::Start(loop_, {.command = {"/nonexistent/approver"}});
  EXPECT_EQ(prompter.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(prompter.status().message()), HasSubstr("/nonexistent/approver"));
  EXPECT_FALSE(ProgramPrompter::Start(loop_, {}).ok());
}

}  // namespace
}  // namespace usher
