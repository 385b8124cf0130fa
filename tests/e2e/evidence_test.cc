// The log and the receipt of a run: what was written, run, reached, asked and refused is in them, and they hang
// together.

#include <sys/stat.h>

#include "tests/support/box.h"

namespace usher {
namespace {

class EvidenceTest : public Box {
 protected:
  void SetUp() override {
    Box::SetUp();
    if (IsSkipped()) return;
    Write(home() + "/notes.txt", "notes");
    Write(home() + "/.ssh/id_rsa", "key");
    const Outcome outcome =
        Usher(Approver({"file.read *notes.txt session"}),
              {"sh", "-c",
               "echo x > made; mv made moved; rm moved; cat ~/notes.txt ~/notes.txt ~/.ssh/id_rsa; "
               "echo y > ~/outside; env SHOP_TOKEN=hunter2secret echo --password=hunter2secret; exit 3"});
    ASSERT_EQ(outcome.code, 3) << outcome.err;
  }
};

// A receipt is shown to others: it says of a secret no more than the log.
TEST_F(EvidenceTest, WhatThePolicyMasksIsInNoRecord) {
  Write(home() + "/policy.toml", "version = 1\n[environment]\nmask = [\"ACME_*\"]\n");
  ASSERT_EQ(Usher({"-q", "--policy", home() + "/policy.toml"}, {"env", "ACME_THING=swordfish", "true"}).code, 0);
  for (const char* record : {"/events.jsonl", "/receipt.md", "/receipt.json"}) {
    const std::string text = Read(run_directory() + record);
    EXPECT_NE(text.find("ACME_THING"), std::string::npos) << record << " knows the command";
    EXPECT_EQ(text.find("swordfish"), std::string::npos) << record;
  }
}

TEST_F(EvidenceTest, TheLogIsAChainOfWholeLines) {
  const std::vector<Json> events = Events();
  ASSERT_GT(events.size(), 8u);
  EXPECT_EQ(events.front()["type"], "run.start");
  EXPECT_EQ(events.back()["type"], "run.end");
  EXPECT_EQ(events.back()["exit"], 3);
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i]["n"], i);
  struct stat status;
  ASSERT_EQ(stat((run_directory() + "/events.jsonl").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(run_directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(EvidenceTest, EveryKindOfDeedIsInIt) {
  EXPECT_FALSE(EventsOn(work() + "/made").empty());
  EXPECT_FALSE(EventsOn(work() + "/moved").empty());
  const std::vector<Json> notes = EventsOn(home() + "/notes.txt");
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0]["answer"], "allow");
  EXPECT_EQ(notes[0]["life"], "session");
  EXPECT_TRUE(notes[1].contains("grant")) << notes[1].dump();
  const std::vector<Json> key = EventsOn(home() + "/.ssh/id_rsa");
  ASSERT_EQ(key.size(), 1u);
  EXPECT_EQ(key[0]["verdict"], "hide");
  EXPECT_EQ(key[0]["errno"], "ENOENT");
  EXPECT_EQ(key[0]["done"], false);
  const std::vector<Json> outside = EventsOn(home() + "/outside");
  ASSERT_EQ(outside.size(), 1u);
  EXPECT_EQ(outside[0]["answer"], "deny");
}

TEST_F(EvidenceTest, TheReceiptSaysItAll) {
  const Json receipt = Predicate();
  EXPECT_EQ(receipt["run"]["exit"], 3);
  EXPECT_EQ(receipt["run"]["workspace"], work());
  EXPECT_TRUE(Mentions(receipt["files"]["written"], "made"));
  EXPECT_TRUE(Mentions(receipt["files"]["removed"], "moved"));
  EXPECT_EQ(receipt["asked"]["total"], 2) << receipt["asked"].dump(1);
  EXPECT_EQ(receipt["denied"]["total"], 2) << receipt["denied"].dump(1);
  EXPECT_TRUE(Mentions(receipt["programs"], "/cat"));
  EXPECT_EQ(receipt["log"]["lines"], Events().size());
  EXPECT_EQ(receipt["log"]["dropped"], 0);
  EXPECT_NE(Read(run_directory() + "/receipt.md").find(".ssh/id_rsa"), std::string::npos);
}

TEST_F(EvidenceTest, SecretsInCommandLinesAreNotKept) {
  for (const char* file : {"/events.jsonl", "/receipt.json", "/receipt.md"}) {
    const std::string text = Read(run_directory() + file);
    // The script as a whole was handed over as an argument; its text is the person's own.
    for (size_t at = text.find("hunter2secret"); at != std::string::npos; at = text.find("hunter2secret", at + 1)) {
      const size_t line = text.rfind('\n', at) + 1;
      EXPECT_NE(text.substr(line, at - line).find("echo x > made"), std::string::npos)
          << file << text.substr(line, 400);
    }
  }
}

TEST_F(EvidenceTest, ReceiptVerifiesAndAChangedByteDoesNot) {
  const std::string id = Predicate()["run"]["id"];
  const Outcome good = Native({Binary("usher"), "receipt", "verify", id});
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  const Outcome machine = Native({Binary("usher"), "receipt", "verify", "--json", id});
  EXPECT_EQ(machine.code, 0) << machine.err;
  EXPECT_EQ(Json::parse(machine.out, nullptr, false)["agrees"], true) << machine.out;
  std::string log = Read(run_directory() + "/events.jsonl");
  log[log.find("notes.txt")] = 'N';
  Write(run_directory() + "/events.jsonl", log, 0600);
  const Outcome bad = Native({Binary("usher"), "receipt", "verify", id});
  EXPECT_NE(bad.code, 0) << bad.out << bad.err;
  const Outcome refused = Native({Binary("usher"), "receipt", "verify", "--json", id});
  EXPECT_EQ(refused.code, bad.code);
  EXPECT_EQ(Json::parse(refused.out, nullptr, false)["agrees"], false) << refused.out << refused.err;
}

TEST_F(EvidenceTest, ReceiptGoesWhereItIsAskedFor) {
  const Outcome shown = Usher({"-q", "--receipt", "-"}, {"true"});
  EXPECT_NE(shown.err.find("### Agent run"), std::string::npos) << shown.err;
  EXPECT_EQ(shown.out, "");
  EXPECT_EQ(Usher({"-q", "--receipt", root() + "/home/r.md"}, {"true"}).code, 0);
  EXPECT_NE(Read(root() + "/home/r.md").find("### Agent run"), std::string::npos);
}

TEST_F(EvidenceTest, AReceiptThatCannotBeSavedIsNamed) {
  const std::string taken = home() + "/taken";
  MakeDirectory(taken);
  const Outcome outcome = Usher({"-q", "--receipt", taken}, {"true"});
  EXPECT_EQ(outcome.code, 125);
  EXPECT_NE(outcome.err.find("could not be saved as " + taken), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("--receipt -"), std::string::npos) << outcome.err;
  EXPECT_NE(Read(run_directory() + "/receipt.md"), "");
  EXPECT_EQ(Usher({"-q", "--receipt", taken}, {"sh", "-c", "exit 5"}).code, 5) << "the command's own says more";
}

TEST_F(EvidenceTest, WithoutAPlaceForItsReceiptNothingIsBegun) {
  const Outcome outcome = Usher({"-q", "--receipt", home() + "/no/such/r.md"}, {"echo", "ran"});
  EXPECT_EQ(outcome.code, 125);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("mkdir -p " + home() + "/no/such"), std::string::npos) << outcome.err;
}

// What is put in its directory's place meanwhile leads it nowhere.
TEST_F(EvidenceTest, AReceiptLiesWhereItsDirectoryWas) {
  MakeDirectory(work() + "/ci");
  MakeDirectory(home() + "/private");
  const Outcome outcome = Usher({"-q", "--receipt", "ci/r.md"}, {"sh", "-c", "mv ci moved && ln -s ~/private ci"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_FALSE(Exists(home() + "/private/r.md"));
  EXPECT_NE(Read(work() + "/moved/r.md").find("### Agent run"), std::string::npos);
}

// One that cannot be written takes no other with it.
TEST_F(EvidenceTest, EachReceiptIsSavedByItself) {
  ProcessSpec spec = UsherSpec({"--receipt", home() + "/r.md"},
                               {"sh", "-c", "cat ~/.ssh/id_rsa; echo up; while [ ! -e go ]; do sleep 0.05; done"});
  ChildProcess usher(spec);
  ASSERT_TRUE(usher.WaitForOutput("up"));
  MakeDirectory(run_directory() + "/receipt.md");
  Write(work() + "/go", "");
  const Outcome outcome = usher.Wait();
  EXPECT_EQ(outcome.code, 125);
  EXPECT_NE(outcome.err.find("could not be saved as " + run_directory() + "/receipt.md"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(outcome.err.find("receipt show"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("1 denied: read ~/.ssh/id_rsa; `usher log "), std::string::npos) << outcome.err;
  EXPECT_EQ(Predicate()["denied"]["total"], 1);
  EXPECT_NE(Read(home() + "/r.md").find("### Agent run"), std::string::npos);
}

}  // namespace
}  // namespace usher
