#include "tests/support/box.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "supervisor/audit/log.h"
#include "tests/support/lesser_host.h"
#include "tests/support/patience.h"

namespace usher {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

bool WantsRoot() {
  const char* wanted = std::getenv("USHER_E2E_AS");
  return wanted != nullptr && std::string_view(wanted) == "root";
}

uid_t UserOfTests() { return WantsRoot() || getuid() != 0 ? getuid() : kNobody; }

// The build may lie where only its owner may go: a copy for everybody, once a process.
std::string CopyForEverybody(const std::string& built) {
  static const std::string directory = [] {
    char name[] = "/tmp/usher-e2e-bin.XXXXXX";
    if (mkdtemp(name) == nullptr) std::abort();
    chmod(name, 0755);
    static struct Remover {
      std::string path;
      ~Remover() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
      }
    } remover{name};
    return std::string(name);
  }();
  std::string copy = directory + "/" + fs::path(built).filename().string();
  if (!fs::exists(copy)) {
    fs::copy_file(built, copy);
    chmod(copy.c_str(), 0755);
  }
  return copy;
}

bool EverybodyMayRun(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) < 0 || (status.st_mode & S_IXOTH) == 0) return false;
  for (fs::path at = fs::path(path).parent_path(); at != at.root_path(); at = at.parent_path()) {
    if (stat(at.c_str(), &status) < 0 || (status.st_mode & S_IXOTH) == 0) return false;
  }
  return true;
}

std::vector<Json> JsonLines(const std::string& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

std::string EnvironmentOf(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/environ", std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string CommandOf(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/cmdline", std::ios::binary);
  std::string text;
  std::getline(file, text);
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

}  // namespace

Box::Box() : user_(UserOfTests()) {
  char name[] = "/tmp/usher-e2e.XXXXXX";
  if (mkdtemp(name) == nullptr) std::abort();
  root_ = name;
  chmod(name, 0755);
  for (const std::string& directory : {home(), work(), temporary()}) MakeDirectory(directory);
  MakeDirectory(work() + "/.git");  // what makes it a workspace; tests of git make a real one
  environment = {{"PATH", home() + "/.local/bin:/usr/local/bin:/usr/bin:/bin"},
                 {"HOME", home()},
                 {"USER", user_ == 0 ? "root" : "somebody"},
                 {"LANG", "C.UTF-8"},
                 {"TMPDIR", temporary()},
                 {"TERM", "xterm"},
                 {"USHER_TEST_BOX", root_},
                 {"GIT_CONFIG_NOSYSTEM", "1"},
                 {"GIT_AUTHOR_NAME", "Ada"},
                 {"GIT_AUTHOR_EMAIL", "ada@shop.example"},
                 {"GIT_COMMITTER_NAME", "Ada"},
                 {"GIT_COMMITTER_EMAIL", "ada@shop.example"},
                 {"GIT_AUTHOR_DATE", "2024-02-03T04:05:06Z"},
                 {"GIT_COMMITTER_DATE", "2024-02-03T04:05:06Z"},
                 {"PYTHONDONTWRITEBYTECODE", "1"}};
  for (const char* handed_on : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "USHER_TEST_PATIENCE"}) {
    if (const char* value = std::getenv(handed_on)) environment[handed_on] = value;
  }
}

Box::~Box() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void Box::SetUp() {
  if (WantsRoot() && getuid() != 0) GTEST_SKIP() << "only root can run this as root";
}

void Box::TearDown() {
  if (IsSkipped()) return;
  for (int i = 0; i < 100 && !ProcessesLeft().empty(); ++i) Pause(20);
  EXPECT_EQ(ProcessesLeft(), Words()) << "processes are left";
  for (const auto& entry : fs::directory_iterator(temporary())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("usher-")) << "left behind: " << entry.path();
  }
}

void Box::Write(const std::string& path, std::string_view text, unsigned mode) const {
  const std::string parent = fs::path(path).parent_path();
  if (!fs::exists(parent)) MakeDirectory(parent);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  ASSERT_EQ(chmod(path.c_str(), mode), 0);
  ASSERT_EQ(lchown(path.c_str(), user_, user_ == getuid() ? getgid() : user_), 0);
}

void Box::MakeDirectory(const std::string& path) const {
  const std::string parent = fs::path(path).parent_path();
  if (!fs::exists(parent)) MakeDirectory(parent);
  if (mkdir(path.c_str(), 0755) < 0) return;
  ASSERT_EQ(lchown(path.c_str(), user_, user_ == getuid() ? getgid() : user_), 0);
}

std::string Box::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool Box::Exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

std::string Box::Mechanism() {
  const char* wanted = std::getenv("USHER_E2E_MECHANISM");
  return wanted == nullptr ? "" : wanted;
}

std::string Box::Binary(const std::string& name) {
  const std::string built = std::string(name == "usher" ? USHER_BINARY : USHER_SANDBOXEES "/" + name);
  return EverybodyMayRun(built) ? built : CopyForEverybody(built);
}

// Everything in the box is on the host that USHER_E2E_HOST names (lesser_host.h).
ProcessSpec Box::Spec(const Words& command) const {
  ProcessSpec spec = {
      .argv = command, .environment = environment, .directory = work(), .user = user_, .timeout = timeout};
  if (const char* host = std::getenv("USHER_E2E_HOST")) {
    spec.before_exec = [host] {
      if (!PlayHost(host)) _exit(99);
    };
  }
  return spec;
}

ProcessSpec Box::UsherSpec(const Words& options, const Words& command) const {
  Words argv = {Binary("usher"), "run"};
  if (const std::string mechanism = Mechanism(); !mechanism.empty()) argv.push_back("--mechanism=" + mechanism);
  if (Mechanism() == "static") argv.push_back("--allow-degraded");
  argv.insert(argv.end(), options.begin(), options.end());
  argv.push_back("--");
  argv.insert(argv.end(), command.begin(), command.end());
  return Spec(argv);
}

Outcome Box::Call(const Words& arguments) const {
  const std::string program = home() + "/.local/bin/sandboxee";
  if (!Exists(program)) {
    MakeDirectory(home() + "/.local/bin");
    fs::copy_file(Binary("sandboxee"), program);
  }
  Words command = {program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Boxed(command);
}

std::string Box::CallSays(const Words& arguments) const {
  Outcome outcome = Call(arguments);
  while (!outcome.out.empty() && outcome.out.back() == '\n') outcome.out.pop_back();
  if (outcome.timed_out) return "timed out: " + outcome.out;
  return outcome.out.empty() ? outcome.err : outcome.out;
}

void Box::ExpectSameAsNative(const std::string& prepare, const std::string& script, const TreeOptions& tree) {
  const auto fresh = [&] {
    fs::remove_all(work());
    MakeDirectory(work());
    const Outcome prepared = NativeScript("set -e; " + prepare);
    ASSERT_EQ(prepared.code, 0) << "prepare: " << prepared.out << prepared.err;
  };
  fresh();
  const Outcome native = NativeScript(script);
  ASSERT_FALSE(native.timed_out);
  const std::string native_tree = TreeOf(work(), tree);
  fresh();
  const Outcome boxed = Usher(boxed_options, {"sh", "-c", script});
  EXPECT_FALSE(boxed.timed_out);
  EXPECT_EQ(boxed.code, native.code) << "native: " << native.err << "\nboxed: " << boxed.err;
  EXPECT_EQ(boxed.out, native.out) << boxed.err;
  EXPECT_EQ(boxed.err, native.err);
  EXPECT_EQ(TreeOf(work(), tree), native_tree);
  const Json denied = Predicate()["denied"];
  EXPECT_EQ(denied["calls"], 0) << denied.dump(1);
  if (boxed_options == Words{"-q"}) ExpectNothingAskedOrDenied();
}

void Box::ExpectNothingAskedOrDenied() const {
  const Json predicate = Predicate();
  EXPECT_EQ(predicate["asked"]["calls"], 0) << predicate["asked"].dump(1);
  EXPECT_EQ(predicate["denied"]["calls"], 0) << predicate["denied"].dump(1);
}

Words Box::Approver(const Words& rules) const {
  std::string text;
  for (const std::string& rule : rules) text += rule + "\n";
  Write(root_ + "/approver.rules", text);
  Write(root_ + "/approver.sh",
        "#!/bin/sh\nexec '" + Binary("answering_approver") + "' '" + root_ + "/approver.rules' '" + home() +
            "/frames.jsonl'\n",
        0755);
  return {"-q", "--approver", root_ + "/approver.sh"};
}

std::vector<Json> Box::Frames(std::string_view type) const {
  std::vector<Json> found;
  for (const Json& frame : JsonLines(home() + "/frames.jsonl")) {
    if (frame.value("type", "") == type) found.push_back(frame);
  }
  return found;
}

std::string Box::run_directory() const {
  std::string latest;
  fs::file_time_type when{};
  const fs::path runs = home() + "/.local/state/usher/runs";
  if (!fs::exists(runs)) return "";
  for (const auto& entry : fs::directory_iterator(runs)) {
    if (!latest.empty() && entry.last_write_time() < when) continue;
    latest = entry.path();
    when = entry.last_write_time();
  }
  return latest;
}

std::vector<Json> Box::Events() const {
  const std::string log = run_directory() + "/events.jsonl";
  const auto verified = VerifyLog(log);
  EXPECT_TRUE(verified.ok()) << verified.status();
  return JsonLines(log);
}

std::vector<Json> Box::EventsOn(std::string_view object) const {
  std::vector<Json> found;
  for (const Json& event : Events()) {
    if (event.value("object", "") == object) found.push_back(event);
  }
  return found;
}

Json Box::Receipt() const {
  const std::string text = Read(run_directory() + "/receipt.json");
  Json receipt = Json::parse(text, nullptr, false);
  EXPECT_FALSE(receipt.is_discarded()) << "no receipt: " << text;
  return receipt;
}

Words Box::ProcessesLeft() const {
  Words left;
  const std::string mark = "USHER_TEST_BOX=" + root_;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (EnvironmentOf(pid).find(mark) != std::string::npos) left.push_back(pid + " " + CommandOf(pid));
  }
  return left;
}

bool Mentions(const Json& list, std::string_view text) { return list.dump().find(text) != std::string::npos; }

}  // namespace usher
