#include "supervisor/audit/redact.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace usher {
namespace {

using Argv = std::vector<std::string>;

TEST(RedactTest, CommandLines) {
  struct Case {
    Argv argv, clean;
  };
  for (const Case& c : std::vector<Case>{
           // Nothing to hide.
           {{"git", "log", "--author=me", "-n", "3"}, {"git", "log", "--author=me", "-n", "3"}},
           {{"sort", "--key=2", "-t:", "f"}, {"sort", "--key=2", "-t:", "f"}},
           {{"llm", "--max-tokens", "100", "--tokenizer=x"}, {"llm", "--max-tokens", "100", "--tokenizer=x"}},
           {{"docker", "run", "-u", "1000:1000", "img"}, {"docker", "run", "-u", "1000:1000", "img"}},
           {{"login", "--password-stdin", "registry.example"}, {"login", "--password-stdin", "registry.example"}},
           {{"sh", "-c", "echo \"a b\" && ls 'c'"}, {"sh", "-c", "echo \"a b\" && ls 'c'"}},
           // Options.
           {{"x", "--token=abc"}, {"x", "--token=[redacted]"}},
           {{"x", "--token=a b;c"}, {"x", "--token=[redacted]"}},
           {{"x", "--token", "abc", "y"}, {"x", "--token", "[redacted]", "y"}},
           {{"x", "--db-password", "-starts-with-a-dash"}, {"x", "--db-password", "[redacted]"}},
           {{"x", "--api-key", "k"}, {"x", "--api-key", "[redacted]"}},
           {{"java", "-Ddb.password=p"}, {"java", "-Ddb.password=[redacted]"}},
           {{"docker", "run", "--env=API_TOKEN=t"}, {"docker", "run", "--env=API_TOKEN=[redacted]"}},
           // Variables.
           {{"env", "AWS_SECRET_ACCESS_KEY=s/s+s", "ls"}, {"env", "AWS_SECRET_ACCESS_KEY=[redacted]", "ls"}},
           {{"env", "SSH_AUTH_SOCK=/run/a", "PATH=/bin"}, {"env", "SSH_AUTH_SOCK=/run/a", "PATH=/bin"}},
           // Programs with letters of their own, also behind a wrapper.
           {{"curl", "-u", "me:pw", "https://h.example/"}, {"curl", "-u", "[redacted]", "https://h.example/"}},
           {{"sudo", "/usr/bin/curl", "-sSu", "me:pw"}, {"sudo", "/usr/bin/curl", "-sSu", "[redacted]"}},
           {{"mysql", "-psecret", "-uroot", "db"}, {"mysql", "-p[redacted]", "-uroot", "db"}},
           {{"sshpass", "-p", "pw", "ssh", "h"}, {"sshpass", "-p", "[redacted]", "ssh", "h"}},
           // Headers.
           {{"curl", "-H", "Authorization: Bearer abc def"}, {"curl", "-H", "Authorization: [redacted]"}},
           {{"curl", "-H", "X-Api-Key:abc"}, {"curl", "-H", "X-Api-Key:[redacted]"}},
           {{"curl", "-H", "Accept: text/html"}, {"curl", "-H", "Accept: text/html"}},
           {{"curl", "-H", "X-Api-Key:abc=="}, {"curl", "-H", "X-Api-Key:[redacted]"}},
           {{"x", "user:token=abc"}, {"x", "user:token=[redacted]"}},
           // URLs.
           {{"git", "clone", "https://me:pw@h.example/r.git"}, {"git", "clone", "https://[redacted]@h.example/r.git"}},
           {{"git", "clone", "https://h.example/r@v1"}, {"git", "clone", "https://h.example/r@v1"}},
           {{"curl", "https://h.example/p?a=1&access_token=t&b=2#sig=z"},
            {"curl", "https://h.example/p?a=1&access_token=[redacted]&b=2#sig=[redacted]"}},
           // Scripts.
           {{"sh", "-c", "curl -u me:pw https://h.example | jq ."},
            {"sh", "-c", "curl -u [redacted] https://h.example | jq ."}},
           {{"sh", "-c", "export TOKEN=\"a b\"; run --password 'c d' now"},
            {"sh", "-c", "export TOKEN=\"[redacted]\"; run --password '[redacted]' now"}},
           {{"sh", "-c", "curl -H 'Authorization: Basic eA==' u"},
            {"sh", "-c", "curl -H 'Authorization: [redacted]' u"}},
           {{"curl", "-d", R"({"user":"me","password": "p w","n":1})"},
            {"curl", "-d", R"({"user":"me","password": "[redacted]","n":1})"}},
           // Known by their looks.
           {{"echo", "ghp_0123456789abcdef0123456789abcdef0123"}, {"echo", "[redacted]"}},
           {{"echo", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"},
            {"echo", "[redacted]-----END RSA PRIVATE KEY-----"}},
           // Ends in the middle.
           {{"x", "--token"}, {"x", "--token"}},
           {{"x", "--token="}, {"x", "--token=[redacted]"}},
           {{""}, {""}},
           {{}, {}},
       }) {
    EXPECT_EQ(Redactor().Argv(c.argv), c.clean);
  }
}

TEST(RedactTest, TakesTheMaskListOfThePolicy) {
  const Redactor redactor({"ACME_*", "*_PIN"});
  EXPECT_EQ(redactor.Argv({"env", "ACME_LICENCE=abc", "CARD_PIN=1234", "OTHER=x"}),
            (Argv{"env", "ACME_LICENCE=[redacted]", "CARD_PIN=[redacted]", "OTHER=x"}));
  EXPECT_EQ(Redactor().Argv({"ACME_LICENCE=abc"}), (Argv{"ACME_LICENCE=abc"}));
}

TEST(RedactTest, ForgetsOneCommandLineBeforeTheNext) {
  const Redactor redactor;
  EXPECT_EQ(redactor.Argv({"x", "--token"}), (Argv{"x", "--token"}));
  EXPECT_EQ(redactor.Argv({"ls", "-l"}), (Argv{"ls", "-l"}));
}

TEST(RedactTest, LeavesOrdinaryBytesAsTheyAre) {
  std::string bytes;
  for (int i = 1; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(Redactor().Text(bytes), bytes);
}

}  // namespace
}  // namespace usher
