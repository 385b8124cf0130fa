// The include law of docs/design.md, over every source file: who may include whom, and who may speak to the kernel
// directly.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace usher {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

// What each part may include beside itself. A part that is not named here fails the test: give it a place.
const std::map<std::string, Names>& Law() {
  static const Names below_rooms = {"policies", "arch", "kernel", "syscalls"};
  static const Names rooms = {"approval", "audit", "broker", "intercept", "tracee"};
  static const auto with = [](Names base, const Names& more) {
    base.insert(more.begin(), more.end());
    return base;
  };
  static const std::map<std::string, Names> law = {
      {"policies", {}},
      {"arch", {}},
      {"kernel", {"arch", "policies"}},
      {"syscalls", {"kernel", "arch", "policies"}},
      {"approval", below_rooms},
      {"audit", below_rooms},
      {"broker", below_rooms},
      {"intercept", below_rooms},
      {"tracee", below_rooms},
      {"confine", below_rooms},
      {"cli", {"policies", "kernel", "approval", "audit", "confine"}},
      {"monitor", with(with(rooms, below_rooms), {"interpose"})},
      {"sandbox", with(with(rooms, below_rooms), {"monitor", "confine", "cli", "result"})},
      {"main", {"sandbox", "cli", "confine", "policies", "result"}},
      {"result", {}},  // the exit codes, and how one is said
      {"interpose", {}},
  };
  return law;
}

// Files with <linux/...> outside kernel, arch and confine, each with its reason.
const std::map<std::string, std::string>& LinuxExceptions() {
  static const std::map<std::string, std::string> exceptions = {
      {"supervisor/syscalls/arg_tests.h", "argument tests of the filter are written in the kernel's own constants"},
      {"supervisor/syscalls/decode.cc", "open and clone flags as the tracee passes them"},
      {"supervisor/syscalls/meaning.cc", "rename flags and netlink protocols decide what a call means"},
      {"supervisor/broker/files.cc", "file system magic numbers: which of them may keep an open waiting"},
      {"supervisor/tracee/resolver.cc", "RESOLVE_ flags of openat2 and the magic number of /proc"},
  };
  return exceptions;
}

// Headers of the C library that a pure room has no use for.
bool IsImpure(std::string_view header) {
  for (const std::string_view prefix : {"sys/", "linux/", "asm/", "net", "arpa/"}) {
    if (header.starts_with(prefix)) return true;
  }
  static const std::set<std::string_view> impure = {"unistd.h", "fcntl.h",  "thread",  "mutex",
                                                    "chrono",   "ctime",    "fstream", "iostream",
                                                    "random",   "dirent.h", "poll.h",  "filesystem"};
  return impure.contains(header);
}

struct Include {
  std::string file;    // from the repository root
  std::string header;  // as it stands between the quotes or angles
  bool quoted;
};

std::string TextOf(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Include> AllIncludes() {
  static const std::regex pattern("^\\s*#\\s*include\\s*([\"<])([^\">]+)[\">]");
  std::vector<Include> includes;
  const fs::path root = USHER_SOURCE;
  for (const char* top : {"policies", "supervisor", "interpose"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h" && extension != ".c") continue;
      std::istringstream lines(TextOf(entry.path()));
      for (std::string line; std::getline(lines, line);) {
        std::smatch found;
        if (!std::regex_search(line, found, pattern)) continue;
        includes.push_back({fs::relative(entry.path(), root), found[2], found[1] == "\""});
      }
    }
  }
  return includes;
}

// Which library of supervisor/CMakeLists.txt a file directly in supervisor/ belongs to.
const std::map<std::string, std::string>& PartsOfSupervisor() {
  static const std::map<std::string, std::string> parts = [] {
    std::map<std::string, std::string> by_stem = {{"main", "main"}};
    const std::string text = TextOf(fs::path(USHER_SOURCE) / "supervisor/CMakeLists.txt");
    static const std::regex library("add_library\\(usher_(\\w+) STATIC([^)]*)\\)");
    for (auto it = std::sregex_iterator(text.begin(), text.end(), library); it != std::sregex_iterator(); ++it) {
      std::istringstream names((*it)[2]);
      for (std::string name; names >> name;) by_stem[fs::path(name).stem()] = (*it)[1];
    }
    return by_stem;
  }();
  return parts;
}

// "supervisor/audit/log.h" -> "audit", "supervisor/monitor.h" -> "monitor", "policies/text.h" -> "policies".
std::string PartOf(const std::string& path) {
  const fs::path file(path);
  auto part = file.begin();
  if (*part != "supervisor") return *part;
  const std::string second = *++part;
  if (!second.ends_with(".h") && !second.ends_with(".cc")) return second;
  const auto found = PartsOfSupervisor().find(file.stem());
  return found == PartsOfSupervisor().end() ? "no library: " + path : found->second;
}

bool IsOurs(const std::string& header) {
  return header.starts_with("policies/") || header.starts_with("supervisor/") || header.starts_with("interpose/");
}

TEST(LayeringTest, ThereIsSomethingToLookAt) { EXPECT_GT(AllIncludes().size(), 500u); }

TEST(LayeringTest, IncludesPointDown) {
  for (const Include& include : AllIncludes()) {
    if (!include.quoted || !IsOurs(include.header)) continue;
    const std::string from = PartOf(include.file), to = PartOf(include.header);
    ASSERT_TRUE(Law().contains(from)) << include.file << " is in a part without a place in the law: " << from;
    if (from == to || include.header == "interpose/wire.h") continue;
    EXPECT_TRUE(Law().at(from).contains(to))
        << include.file << " includes " << include.header << ": " << from << " must not know " << to;
  }
}

TEST(LayeringTest, TheLawItselfHasNoCycle) {
  // Repeatedly takes away the parts that need nothing that is left.
  auto left = Law();
  for (bool progress = true; progress;) {
    progress = false;
    for (auto it = left.begin(); it != left.end();) {
      const bool free =
          std::none_of(it->second.begin(), it->second.end(), [&](const auto& to) { return left.contains(to); });
      progress |= free;
      it = free ? left.erase(it) : std::next(it);
    }
  }
  EXPECT_TRUE(left.empty()) << left.begin()->first << " is part of a cycle";
}

TEST(LayeringTest, OursStandFromTheRepositoryRoot) {
  for (const Include& include : AllIncludes()) {
    if (!include.quoted) continue;
    const bool third_party = include.header.starts_with("absl/");
    const bool generated = include.header.ends_with(".inc");
    EXPECT_TRUE(third_party || generated || IsOurs(include.header)) << include.file << ": \"" << include.header << "\"";
  }
}

TEST(LayeringTest, PoliciesArePure) {
  for (const Include& include : AllIncludes()) {
    if (!include.file.starts_with("policies/") || include.file.starts_with("policies/generate/")) continue;
    if (include.quoted) {
      EXPECT_TRUE(include.header.starts_with("policies/") || include.header.starts_with("absl/"))
          << include.file << ": " << include.header;
      continue;
    }
    EXPECT_FALSE(IsImpure(include.header)) << include.file << ": <" << include.header << ">";
    if (include.header.starts_with("toml++/")) {
      EXPECT_EQ(include.file, "policies/parser.cc");
    }
    if (include.header == "libpsl.h") {
      EXPECT_EQ(include.file, "policies/registrable_domain.cc");
    }
  }
}

TEST(LayeringTest, OnlyAFewRoomsSpeakToTheKernel) {
  Names used;
  for (const Include& include : AllIncludes()) {
    if (include.quoted || !include.header.starts_with("linux/")) continue;
    const std::string part = PartOf(include.file);
    if (part == "kernel" || part == "arch" || part == "confine" || part == "interpose") continue;
    EXPECT_TRUE(LinuxExceptions().contains(include.file))
        << include.file << " includes <" << include.header << ">: move it to supervisor/kernel, or add a reason here";
    used.insert(include.file);
  }
  for (const auto& [file, reason] : LinuxExceptions())
    EXPECT_TRUE(used.contains(file)) << file << " needs no exception";
}

TEST(LayeringTest, LibrariesOfThirdPartiesStayInTheirRooms) {
  const std::map<std::string, Names> homes = {{"seccomp.h", {"confine", "syscalls"}},
                                              {"CLI/CLI.hpp", {"main"}},
                                              {"nlohmann/json.hpp", {"approval", "audit", "cli"}},
                                              {"capstone/capstone.h", {"interpose"}}};
  for (const Include& include : AllIncludes()) {
    const auto home = homes.find(include.header);
    if (home == homes.end()) continue;
    EXPECT_TRUE(home->second.contains(PartOf(include.file))) << include.file << ": <" << include.header << ">";
  }
}

}  // namespace
}  // namespace usher
