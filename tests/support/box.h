// One test's own small world: a person with a home, a workspace and a temporary directory, under whom usher is started.
// The same tests run as an ordinary user and as root (USHER_E2E_AS); who is root starts the first kind as nobody. They
// run with either way to hold calls (USHER_E2E_MECHANISM).

#ifndef USHER_TESTS_SUPPORT_BOX_H_
#define USHER_TESTS_SUPPORT_BOX_H_

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/tree.h"

namespace usher {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

class Box : public ::testing::Test {
 protected:
  Box();
  ~Box() override;
  void SetUp() override;
  void TearDown() override;

  // ---- the world ----
  const std::string& root() const { return root_; }
  std::string home() const { return root_ + "/home"; }
  std::string work() const { return root_ + "/work"; }
  std::string temporary() const { return root_ + "/tmp"; }
  uid_t user() const { return user_; }
  bool as_root() const { return user_ == 0; }

  void Write(const std::string& path, std::string_view text, unsigned mode = 0644) const;  // owned by the person
  void MakeDirectory(const std::string& path) const;
  static std::string Read(const std::string& path);  // empty when there is none
  static bool Exists(const std::string& path);

  // ---- commands; words are never parsed, scripts are sh's ----
  Outcome Native(const Words& command) const { return RunToEnd(Spec(command)); }
  Outcome NativeScript(const std::string& script) const { return Native({"sh", "-c", script}); }
  Outcome Usher(const Words& options, const Words& command) const { return RunToEnd(UsherSpec(options, command)); }
  Outcome Boxed(const Words& command) const { return Usher({"-q"}, command); }
  Outcome Script(const std::string& script) const { return Boxed({"sh", "-c", script}); }
  // A sandboxee (tests/sandboxees): one call, and what came of it on standard output.
  Outcome Call(const Words& arguments) const;
  std::string CallSays(const Words& arguments) const;

  ProcessSpec Spec(const Words& command) const;
  ProcessSpec UsherSpec(const Words& options, const Words& command) const;
  std::map<std::string, std::string> environment;  // changes hold for what is started later
  std::chrono::seconds timeout{60};

  // The same commands without Usher and with it, each in a fresh workspace that `prepare` (a script, run natively)
  // made: same exit code, same output, same tree, and nothing was refused; nor asked, unless `boxed_options` name an
  // approver.
  Words boxed_options = {"-q"};
  void ExpectSameAsNative(const std::string& prepare, const std::string& script,
                          const TreeOptions& tree = TreeOptions());
  void ExpectNothingAskedOrDenied() const;

  // ---- questions ----
  // An approver that answers by rules: "KIND OBJECT-GLOB OPTION [SCOPE-NUMBER]" or "die"; the first that fits, else
  // deny.
  Words Approver(const Words& rules) const;  // the options for usher
  std::vector<Json> Frames(std::string_view type) const;
  size_t Requests() const { return Frames("request").size(); }

  // ---- evidence of the latest run ----
  std::string run_directory() const;
  std::vector<Json> Events() const;
  std::vector<Json> EventsOn(std::string_view object) const;
  Json Receipt() const;
  Json Predicate() const { return Receipt()["predicate"]; }
  Words ProcessesLeft() const;  // of this box, usher included

  // How usher is told to hold calls (USHER_E2E_MECHANISM): "notify", "ptrace", "static", or empty: as it likes.
  static std::string Mechanism();
  static std::string Binary(const std::string& name);  // usher, sandboxee, …: a copy that everybody may run

 private:
  std::string root_;
  uid_t user_;
};

// True in any element, for EXPECT_PRED2 and friends.
bool Mentions(const Json& list, std::string_view text);

// Whoever is traced by Usher cannot be traced by another.
#define SKIP_WHERE_ALL_ARE_TRACED() \
  if (Mechanism() == "ptrace")      \
  GTEST_SKIP() << "no debugger works inside a traced sandbox: the kernel knows one tracer a thread"

#define SKIP_UNLESS_ROOT() \
  if (getuid() != 0) GTEST_SKIP() << "only root can do this"

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_BOX_H_
