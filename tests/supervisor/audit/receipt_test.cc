#include "supervisor/audit/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "policies/parser.h"

namespace usher {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

Ruleset Rules() {
  Policy policy{.name = "developer", .origin = "builtin:developer", .digest = std::string(64, 'd')};
  const auto file = [&](RuleUse use, Verdict verdict, Risk risk, std::string pattern, std::string text) {
    policy.files.push_back({use, verdict, risk, std::move(pattern), std::move(text), "builtin:developer:1:1"});
  };
  file(RuleUse::kRead, Verdict::kAllow, Risk::kOrdinary, "/usr", "read.allow \"/usr\"");
  file(RuleUse::kRead, Verdict::kAllow, Risk::kOrdinary, "/etc", "read.allow \"/etc\"");
  file(RuleUse::kRead, Verdict::kAllow, Risk::kOrdinary, "/home/me/shop", "read.allow \".\"");
  file(RuleUse::kRead, Verdict::kAllow, Risk::kOrdinary, "/home/me/.cache", "read.allow \"~/.cache\"");
  file(RuleUse::kRead, Verdict::kAsk, Risk::kOrdinary, "/home/me", "read.ask \"~\"");
  file(RuleUse::kRead, Verdict::kHide, Risk::kSecret, "/home/me/.ssh", "secrets \"~/.ssh\"");
  file(RuleUse::kRead, Verdict::kAsk, Risk::kSecret, "/**/*.pem", "secret.ask \"**/*.pem\"");
  file(RuleUse::kWrite, Verdict::kAllow, Risk::kOrdinary, "/home/me/shop", "write.allow \".\"");
  file(RuleUse::kWrite, Verdict::kAsk, Risk::kRunsLater, "/**/.git/hooks", "run_later \"**/.git/hooks\"");
  policy.hosts.push_back(
      {.verdict = Verdict::kAllow,
       .pattern = {.kind = HostPattern::Kind::kName, .name = "registry.example", .port_low = 443, .port_high = 443},
       .text = "network.allow",
       .source = "builtin:developer:2:1"});
  policy.environment.push_back({.pass = false, .pattern = "*_TOKEN"});
  // A file that nobody vouched for loosens nothing, and the receipt does not say that it did.
  Policy project{.name = "shop", .origin = "/home/me/shop/.usher.toml", .trust = Trust::kTighten};
  project.files.push_back({RuleUse::kRead, Verdict::kAllow, Risk::kOrdinary, "/home/me/secrets",
                           "read.allow \"~/secrets\"", "/home/me/shop/.usher.toml:3:5"});
  project.files.push_back({RuleUse::kWrite, Verdict::kAllow, Risk::kOrdinary, "/home/me/**/x", "write.allow \"~/**/x\"",
                           "/home/me/shop/.usher.toml:4:5"});
  project.files.push_back({RuleUse::kWrite, Verdict::kDeny, Risk::kOrdinary, "/home/me/shop/vendor",
                           "write.deny \"vendor\"", "/home/me/shop/.usher.toml:5:5"});
  std::vector<Policy> layers;
  layers.push_back(std::move(policy));
  layers.push_back(std::move(project));
  return Ruleset(std::move(layers));
}

struct AgentRun {
  RunInfo info{.id = "s-7f3a9c01",
               .argv = {"agent", "--api-key", "k-123"},
               .workspace = "/home/me/shop",
               .user = "me",
               .host = "Debian GNU/Linux 12, Linux 6.18.44 x86_64",
               .engine = "seccomp-notify",
               .policy = {"builtin:developer sha256:41f0"},
               .started_unix_ms = 1'700'000'000'000};
  RunEnd end{.wall_ms = 1'085'000, .cpu_ms = 402'000, .supervisor_cpu_ms = 3'100, .max_rss_kb = 1'945'600};
  Summary summary{Redactor()};
  Ruleset rules = Rules();
  std::vector<Grant> grants;
  uint64_t dropped = 0;

  ReceiptInput Input() {
    return {.run = info,
            .end = end,
            .summary = summary,
            .rules = rules,
            .grants_alive = grants,
            .log_lines = 8123,
            .log_dropped = dropped,
            .log_head = std::string(64, 'a'),
            .log_path = "/state/runs/s-7f3a9c01/events.jsonl",
            .home = "/home/me",
            .log_sha256 = std::string(64, 'b')};
  }

  void Add(const Operation& operation, const Decision& decision, bool done = true, std::string_view answer = "",
           std::string_view exe = "/usr/bin/node") {
    const Subject subject{.pid = 1, .exe = std::string(exe)};
    summary.Add({.syscall = "x",
                 .operation = &operation,
                 .decision = &decision,
                 .subject = &subject,
                 .error = done ? 0 : EACCES,
                 .done = done,
                 .answer = answer,
                 .life = answer == "allow" ? "session" : "",
                 .answered_by = answer == "allow" ? "terminal" : "",
                 .open = std::chrono::milliseconds(5230)});
  }
  void Write(std::string path, Risk risk = Risk::kOrdinary) {
    Add(FileOperation{.action = FileAction::kWrite, .path = std::move(path)},
        {.verdict = Verdict::kAllow, .risk = risk, .rule = "write.allow"});
  }
  void Connect(std::string host, Verdict verdict, std::string_view answer, bool done) {
    Add(NetOperation{.address = IpAddress::V4({192, 0, 2, 1}), .port = 443, .names = {std::move(host)}},
        {.verdict = verdict, .risk = Risk::kNetwork, .rule = "network"}, done, answer);
  }
};

AgentRun Quiet() {
  AgentRun run;
  run.Write("/home/me/shop/src/main.c");
  run.Add(ExecOperation{.path = "/usr/bin/make", .argv = {"make", "-j2"}},
          {.verdict = Verdict::kAllow, .rule = "exec"});
  return run;
}

AgentRun Unwatched() {
  AgentRun run;
  run.info.engine = "fixed seccomp filter + Landlock ABI 7";
  run.info.tier = "static";
  run.info.watched = false;
  run.info.degraded = {"no call was held"};
  return run;
}

AgentRun Eventful() {
  AgentRun run = Quiet();
  run.info.degraded = {"no Landlock on this host: every open is judged by the supervisor (kernel.lsm)"};
  run.end.exit_code = 1;
  run.Write("/home/me/shop/.github/workflows/ci.yml", Risk::kRunsLater);
  run.Write("/home/me/.cache/x");
  run.Add(FileOperation{.action = FileAction::kRemove, .path = "/home/me/shop/old"}, {.verdict = Verdict::kAllow});
  for (int i = 0; i < 12; ++i) {
    run.Add(ExecOperation{.path = "/usr/bin/git", .argv = {"git", "status"}},
            {.verdict = Verdict::kAllow, .rule = "e"});
  }
  run.Connect("registry.example", Verdict::kAllow, "", true);
  run.Connect("api.example", Verdict::kAsk, "allow", true);
  run.Connect("odd.example", Verdict::kAsk, "nobody", false);
  run.Add(UnixSocketOperation{.name = "/run/docker.sock"},
          {.verdict = Verdict::kDeny, .risk = Risk::kEscape, .rule = "d"}, false);
  run.Add(FileOperation{.action = FileAction::kRead, .path = "/home/me/.ssh/id"},
          {.verdict = Verdict::kHide, .risk = Risk::kSecret, .rule = "hide \"~/.ssh\""}, false);
  run.grants = {{.id = "g7",
                 .scope = HostScope{.host = "api.example", .port = 443},
                 .life = GrantLife::kSession,
                 .by = "terminal"}};
  return run;
}

// Everything that could break out of a line, a cell, a code span, an HTML element or a terminal.
const std::vector<std::string>& HostileNames() {
  static const auto* const names = new std::vector<std::string>{
      "a\nb",
      "a\r\nb",
      "a|b",
      "|",
      "`",
      "``a``",
      "a`b|c`d",
      "</details>",
      "<img src=x onerror=alert(1)>",
      "<!-- ",
      "-->",
      "\x1b[2J\x1b]0;owned\x07",
      "\u202egpj.exe",
      "\u2066\u2069",
      "\u200b\u200d",
      "\xFF\xFE",
      "\u009b31m",
      "\U000e0041",
      "[click](https://evil.example)",
      "![x](https://evil.example)",
      "**bold**",
      "# heading",
      "\\",
      "\\|",
      "\\`",
      "@somebody",
      "#1",
      "  ",
      " lead",
      "trail ",
      "&lt;",
      "$x$",
      "\u2028",
      "https://evil.example/",
      "- item",
      "~~~",
      "```",
      std::string("a\0b", 3),
      std::string(255, 'x'),
      std::string(255, '\n'),
  };
  return *names;
}

AgentRun Hostile() {
  AgentRun run;
  for (const std::string& name : HostileNames()) {
    run.Write("/home/me/shop/" + name, Risk::kRunsLater);
    run.Write("/tmp/" + name);
    run.Add(FileOperation{.action = FileAction::kRemove, .path = "/tmp/" + name}, {.verdict = Verdict::kAllow});
    run.Add(ExecOperation{.path = "/tmp/" + name, .argv = {name, name}}, {.verdict = Verdict::kAllow, .rule = name});
    run.Connect(name, Verdict::kAsk, "allow", true);
    run.Add(UnixSocketOperation{.name = "@" + name}, {.verdict = Verdict::kAllow, .risk = Risk::kEscape, .rule = name},
            true, "", "/tmp/" + name);
    run.Add(UnixSocketOperation{.name = "/run/" + name}, {.verdict = Verdict::kDeny, .rule = name}, false, "",
            "/tmp/" + name);
    run.grants.push_back({.id = name, .scope = FileScope{.path = "/tmp/" + name}, .life = GrantLife::kProject});
    run.info.argv.push_back(name);
    run.info.degraded.push_back(name);
    run.info.policy.push_back("/home/me/shop/" + name);
  }
  run.info.workspace = "/home/me/shop";
  run.end.ended_by = "`|<b>\n";
  return run;
}

std::string Golden(const std::string& name) {
  std::ifstream file(absl::StrCat(USHER_GOLDEN_RECEIPTS, "/", name), std::ios::binary);
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

void ExpectGolden(const std::string& name, const std::string& actual) {
  if (getenv("USHER_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(absl::StrCat(USHER_GOLDEN_RECEIPTS, "/", name), std::ios::binary) << actual;
    ADD_FAILURE() << name << " was written anew: read the difference, then run without USHER_UPDATE_GOLDEN";
  }
  EXPECT_EQ(actual, Golden(name)) << "if this is meant: USHER_UPDATE_GOLDEN=1";
}

int VisibleLines(const std::string& markdown) {
  int lines = 0;
  bool folded = false;
  std::stringstream all(markdown);
  for (std::string line; std::getline(all, line);) {
    if (line.starts_with("<details>")) folded = true;
    if (!folded) ++lines;
    if (line.starts_with("</details>")) folded = false;
  }
  EXPECT_FALSE(folded);
  return lines;
}

// Empty lists would look like a run that did nothing.
TEST(ReceiptTest, ARunThatNobodyWatchedSaysSoFirst) {
  AgentRun run = Unwatched();
  const std::string markdown = ReceiptMarkdown(run.Input());
  EXPECT_THAT(markdown, HasSubstr("**1 thing to look at**"));
  EXPECT_THAT(markdown, HasSubstr("> ⚠ nobody watched this run, and nobody was asked: "));
  EXPECT_THAT(markdown, HasSubstr("| **Wrote, ran** | not known: no call was held |"));
  EXPECT_THAT(markdown, Not(HasSubstr("| **Refused** |")));
  const json sandbox = json::parse(ReceiptJson(run.Input()))["predicate"]["sandbox"];
  EXPECT_EQ(sandbox["tier"], "static");
  EXPECT_EQ(sandbox["unobserved"].size(), 7u);
  run.info.watched = true;
  EXPECT_FALSE(json::parse(ReceiptJson(run.Input()))["predicate"]["sandbox"].contains("unobserved"));
}

// SECURITY.md promises all of them: the row has room for two or so, so the rest stands further down.
TEST(ReceiptTest, EverythingThatIsNotEnforcedIsSaid) {
  AgentRun run = Quiet();
  run.info.degraded.clear();
  for (const char* what : {"reads", "writes", "starts", "hosts", "signals"}) {
    run.info.degraded.push_back(
        absl::StrCat("no call was held, so nobody could be asked about ", what, " ", std::string(60, 'x')));
  }
  const std::string markdown = ReceiptMarkdown(run.Input());
  EXPECT_THAT(markdown, HasSubstr("\n**Not enforced here** (5)\n"));
  for (const std::string& sentence : run.info.degraded) EXPECT_THAT(markdown, HasSubstr("\n- " + sentence + "\n"));
  EXPECT_LT(markdown.find("\n**Run**"), markdown.find("\n**Not enforced here**"));
  EXPECT_LT(markdown.find("\n**Not enforced here**"), markdown.find("\n**Programs**"));
  EXPECT_THAT(ReceiptMarkdown(Quiet().Input()), Not(HasSubstr("\n**Not enforced here**"))) << "nothing to say";
}

TEST(ReceiptTest, Golden) {
  AgentRun quiet = Quiet(), eventful = Eventful(), hostile = Hostile();
  ExpectGolden("quiet.md", ReceiptMarkdown(quiet.Input()));
  ExpectGolden("eventful.md", ReceiptMarkdown(eventful.Input()));
  ExpectGolden("eventful.json", ReceiptJson(eventful.Input()));
  ExpectGolden("hostile.md", ReceiptMarkdown(hostile.Input()));
}

TEST(ReceiptTest, HeadlineCountsWhatToLookAt) {
  AgentRun quiet = Quiet();
  EXPECT_THAT(ReceiptMarkdown(quiet.Input()), HasSubstr("nothing to look at"));
  AgentRun eventful = Eventful();
  // A workflow written, a host allowed by hand; refused: a host, a socket, a key.
  EXPECT_THAT(ReceiptMarkdown(eventful.Input()), HasSubstr("**5 things to look at**"));
  AgentRun lossy = Quiet();
  lossy.dropped = 7;
  EXPECT_THAT(ReceiptMarkdown(lossy.Input()), HasSubstr("**1 thing to look at**"));
  EXPECT_THAT(ReceiptMarkdown(lossy.Input()), HasSubstr("7 LOST"));
}

TEST(ReceiptTest, ShowsNoSecret) {
  AgentRun run = Quiet();
  EXPECT_THAT(ReceiptMarkdown(run.Input()), Not(HasSubstr("k-123")));
  EXPECT_THAT(ReceiptJson(run.Input()), Not(HasSubstr("k-123")));
}

TEST(ReceiptTest, HostileNamesStayInTheirPlace) {
  AgentRun hostile = Hostile();
  const std::string markdown = ReceiptMarkdown(hostile.Input());
  EXPECT_LE(VisibleLines(markdown), 40);
  EXPECT_LE(markdown.size(), kMaxReceiptMarkdown);
  std::stringstream all(markdown);
  int table_rows = 0;
  for (std::string line; std::getline(all, line);) {
    SCOPED_TRACE(line);
    // Nothing that a terminal obeys or hides.
    for (const char c : line) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    for (const char* hidden : {"\u202e", "\u2066", "\u200b", "\u009b", "\U000e0041", "\u2028"}) {
      EXPECT_THAT(line, Not(HasSubstr(hidden)));
    }
    // Every line is one of ours.
    EXPECT_TRUE(line.empty() || line.starts_with("### Agent run ") || line.starts_with("> ⚠ ") ||
                line.starts_with("| ") || line == "|---|---|" || line.starts_with("- ") || line.starts_with("**") ||
                line == "<details><summary>Everything</summary>" || line == "</details>" || line.starts_with("<sub>"));
    // Every row has two cells, and every code span that begins on a line ends on it.
    if (line.starts_with("| **")) {
      ++table_rows;
      std::string bars;
      for (size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '|' && (i == 0 || line[i - 1] != '\\')) bars += '|';
      }
      EXPECT_EQ(bars, "|||");
    }
    // Outside of code spans there is no HTML and no link but our own.
    bool code = false;
    std::string outside;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '`') {
        code = !code;
      } else if (!code && line[i] == '\\') {
        ++i;  // an escaped character means nothing
      } else if (!code) {
        outside += line[i];
      }
    }
    EXPECT_FALSE(code);
    for (const char* ours : {"<details><summary>Everything</summary>", "</details>", "<sub>", "</sub>"}) {
      if (const size_t at = outside.find(ours); at != std::string::npos) outside.erase(at, std::string(ours).size());
    }
    EXPECT_THAT(outside, Not(HasSubstr("<")));
    EXPECT_THAT(outside, Not(HasSubstr("](")));
  }
  EXPECT_EQ(table_rows, 12);
}

TEST(ReceiptTest, FitsIntoACommentHoweverMuchHappened) {
  AgentRun run;
  for (int i = 0; i < 12'000; ++i) {
    const std::string name = absl::StrCat(i, std::string(200, '\x01'));
    run.Write("/home/me/shop/" + name, i % 2 == 0 ? Risk::kRunsLater : Risk::kOrdinary);
    run.Connect(absl::StrCat("h", i, ".example"), Verdict::kAsk, i % 3 == 0 ? "allow" : "deny", i % 3 == 0);
  }
  const std::string markdown = ReceiptMarkdown(run.Input());
  EXPECT_LE(markdown.size(), kMaxReceiptMarkdown);
  EXPECT_GT(markdown.size(), kMaxReceiptMarkdown / 2);  // and uses the room
  EXPECT_LE(VisibleLines(markdown), 40);
  EXPECT_THAT(markdown, HasSubstr("12,000 files"));
  EXPECT_THAT(markdown, HasSubstr("more: in receipt.json"));
  EXPECT_THAT(markdown, HasSubstr("\n</details>\n"));
}

TEST(ReceiptTest, JsonIsAStatementWithAllFacts) {
  AgentRun run = Eventful();
  const json statement = json::parse(ReceiptJson(run.Input()));
  EXPECT_EQ(statement["_type"], "https://in-toto.io/Statement/v1");
  EXPECT_EQ(statement["predicateType"], "https://usher.example/agent-run/v1");
  EXPECT_EQ(statement["subject"][0]["name"], "events.jsonl");
  EXPECT_EQ(statement["subject"][0]["digest"]["sha256"], std::string(64, 'b'));
  const json& facts = statement["predicate"];
  for (const char* key : {"run", "sandbox", "policy", "files", "programs", "network", "asked", "denied", "usage",
                          "grants_alive", "log"}) {
    EXPECT_TRUE(facts.contains(key)) << key;
  }
  EXPECT_EQ(facts["run"]["exit"], 1);
  EXPECT_EQ(facts["files"]["run_later"], json::array({"/home/me/shop/.github/workflows/ci.yml"}));
  EXPECT_EQ(facts["denied"]["total"], 3);
  EXPECT_EQ(facts["grants_alive"][0]["revoke"], "usher revoke g7");
  EXPECT_EQ(facts["log"]["head"], std::string(64, 'a'));
  EXPECT_EQ(facts["policy"]["layers"][1]["may_loosen"], false);
}

TEST(ReceiptTest, ReachIsWhatTheLayersTogetherAllow) {
  AgentRun run = Quiet();
  const json policy = json::parse(ReceiptJson(run.Input()))["predicate"]["policy"];
  EXPECT_EQ(policy["read"]["allowed"], json::array({"the workspace", "system", "caches"}));
  EXPECT_EQ(policy["read"]["asked"], json::array({"the rest of home"}));
  EXPECT_EQ(policy["read"]["hidden"], 1);
  EXPECT_EQ(policy["read"]["guarded"], 1);
  EXPECT_EQ(policy["write"]["allowed"], json::array({"the workspace"}));
  EXPECT_EQ(policy["write"]["run_later"], 1);
  // The built-in rules are known by their digest; those of a file are named, each line once, whatever they come to.
  EXPECT_FALSE(policy["layers"][0].contains("rules"));
  ASSERT_EQ(policy["layers"][1]["rules"].size(), 3u);
  EXPECT_EQ(policy["layers"][1]["rules"][2]["rule"], "write.deny \"vendor\"");
  EXPECT_EQ(policy["layers"][1]["rules"][2]["source"], "/home/me/shop/.usher.toml:5:5");

  const std::string markdown = ReceiptMarkdown(run.Input());
  // In the rows stands only what makes a difference: a project's file loosens nothing.
  EXPECT_THAT(markdown, HasSubstr("· `.usher.toml` refuses `vendor` |"));
  EXPECT_THAT(markdown, Not(HasSubstr("allows `~/secrets`")));
  EXPECT_THAT(markdown, Not(HasSubstr("allows `~/**/x`")));
}

TEST(ReceiptTest, APersonsOwnRulesAreNamed) {
  AgentRun run = Quiet();
  std::vector<Policy> layers = run.rules.layers();
  Policy own{.name = "mine", .origin = "/home/me/.config/usher/policy.toml"};
  const auto file = [&](RuleUse use, Verdict verdict, std::string pattern, std::string text) {
    own.files.push_back({use, verdict, Risk::kOrdinary, std::move(pattern), std::move(text), "f:1:1"});
  };
  file(RuleUse::kRead, Verdict::kAllow, "/srv/data", "read.allow \"/srv/data\"");
  file(RuleUse::kRead, Verdict::kAllow, "/srv/more", "read.allow \"/srv/more\"");
  file(RuleUse::kRead, Verdict::kHide, "/home/me/diary", "hide \"~/diary\"");
  file(RuleUse::kRead, Verdict::kAsk, "/usr", "read.ask \"/usr\"");  // takes the built-in rule's place
  layers.insert(layers.begin() + 1, std::move(own));
  run.rules = Ruleset(std::move(layers));
  EXPECT_THAT(
      ReceiptMarkdown(run.Input()),
      HasSubstr("| **Could read** | the workspace, caches · asks: the rest of home, 1 kind of key file · hidden: 1 "
                "secret place · `~/.config/usher/policy.toml` allows `/srv/data`, `/srv/more`, hides `~/diary`, "
                "asks about `/usr` |"));
}

TEST(ReceiptTest, WhatHappenedOutsideIsGroupedByFolder) {
  AgentRun run = Quiet();
  for (int i = 0; i < 624; ++i) run.Write(absl::StrCat("/home/me/.npm/_cacache/content-v2/", i % 7, "/", i));
  run.Write("/home/me/.npm/_logs/today.log");
  run.Write("/home/me/.bashrc");
  for (int i = 0; i < 3; ++i) run.Write(absl::StrCat("/tmp/usher-7f3a/", i));
  const std::string markdown = ReceiptMarkdown(run.Input());
  EXPECT_THAT(markdown, HasSubstr("outside: `~/.npm/_cacache` (624 files), `/tmp/usher-7f3a` (3 files), `~/.bashrc`, "
                                  "`~/.npm/_logs/today.log` |"));
  // Further down as deep as there is room.
  EXPECT_THAT(markdown, HasSubstr("\n- `~/.npm/_cacache/content-v2/0` (90 files)\n"));
}

TEST(ReceiptTest, AnEmptyRunIsSoonRead) {
  AgentRun run;
  auto developer = BuiltinPolicy(
      "developer",
      {.home = "/home/me", .workspace = "/home/me/shop", .temporary = "/tmp/usher-7f3a", .runtime = "/run/user/1000"});
  ASSERT_TRUE(developer.ok()) << developer.status();
  run.rules = Ruleset({*std::move(developer)});
  const std::string markdown = ReceiptMarkdown(run.Input());
  EXPECT_LT(markdown.size(), 3000u);
  EXPECT_LT(ReceiptJson(run.Input()).size(), 6000u);
  std::stringstream all(markdown);
  for (std::string line; std::getline(all, line);) EXPECT_LE(line.size(), 260u) << line;
  EXPECT_THAT(markdown, HasSubstr("| **Could read** | the workspace, private temp, system, toolchains in home, caches, "
                                  "shell and editor start files, settings of tools · asks: the rest of home, /tmp, "
                                  "other places, "));
  EXPECT_THAT(markdown, HasSubstr("| **Could write** | the workspace, private temp, caches · asks: the rest of home, "
                                  "/tmp, other places, "));
}

TEST(ReceiptTest, JsonKeepsEveryByte) {
  AgentRun run;
  run.Write("/home/me/shop/\xFF\n");
  const std::string text = ReceiptJson(run.Input());
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));
  const json files = json::parse(text)["predicate"]["files"];
  std::string exact;
  ASSERT_TRUE(absl::Base64Unescape(files["written_b64"][0].get<std::string>(), &exact));
  EXPECT_EQ(exact, "/home/me/shop/\xFF\n");
}

TEST(ReceiptTest, WithoutTheHashOfTheFileTheLastLineStandsForIt) {
  AgentRun run = Quiet();
  ReceiptInput input = run.Input();
  input.log_sha256.clear();
  const json statement = json::parse(ReceiptJson(input));
  EXPECT_EQ(statement["subject"][0]["name"], "events.jsonl#last-line");
  EXPECT_EQ(statement["subject"][0]["digest"]["sha256"], input.log_head);
}

}  // namespace
}  // namespace usher
