// A state directory with recorded runs in it, for the tests of the commands that read them.

#ifndef USHER_TESTS_SUPERVISOR_CLI_RECORDED_RUN_H_
#define USHER_TESTS_SUPERVISOR_CLI_RECORDED_RUN_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "supervisor/audit/log.h"
#include "supervisor/audit/log_chain.h"
#include "supervisor/audit/receipt.h"
#include "supervisor/cli/state_paths.h"

namespace usher {

// What a command wrote.
struct Output {
  int code = 0;
  std::string out, err;
};

inline Output OutputOf(const std::function<int(FILE* out, FILE* err)>& command) {
  char *out_text = nullptr, *err_text = nullptr;
  size_t out_size = 0, err_size = 0;
  FILE* out = open_memstream(&out_text, &out_size);
  FILE* err = open_memstream(&err_text, &err_size);
  Output output;
  output.code = command(out, err);
  fclose(out);
  fclose(err);
  output.out.assign(out_text, out_size);
  output.err.assign(err_text, err_size);
  free(out_text);
  free(err_text);
  return output;
}

class RecordedRuns : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/usher-cli-test.XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    state_ = directory;
  }
  void TearDown() override { std::filesystem::remove_all(state_); }

  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }

  // A run that read a file, was refused one and ended; with its receipt.
  void Record(const std::string& id) {
    AuditLog log = Begin(id);
    Refuse(log, "/home/me/.ssh/id\n");
    ASSERT_TRUE(log.AppendEvent("run.end", R"("exit":0)", When()).ok());
    const RunPaths paths = PathsOfRun(state_, id);
    const RunInfo run{.id = id, .workspace = "/w", .engine = "seccomp-notify"};
    const RunEnd end{.wall_ms = 1000};
    const Summary summary{Redactor()};
    const Ruleset rules({});
    const ReceiptInput input{.run = run,
                             .end = end,
                             .summary = summary,
                             .rules = rules,
                             .grants_alive = {},
                             .log_lines = log.lines(),
                             .log_dropped = log.dropped(),
                             .log_head = log.head(),
                             .log_path = paths.events,
                             .home = "/home/me",
                             .log_sha256 = VerifyLogChain(paths.events)->sha256};
    Write(paths.receipt_json, ReceiptJson(input));
    Write(paths.receipt_markdown, ReceiptMarkdown(input));
    Age(id);
  }

  // A run that goes on.
  AuditLog Begin(const std::string& id) {
    const RunPaths paths = PathsOfRun(state_, id);
    std::filesystem::create_directories(paths.directory);
    absl::StatusOr<AuditLog> log = AuditLog::Create(
        paths.events, {.id = id, .argv = {"agent"}, .workspace = "/w", .started_unix_ms = 1'700'000'000'000});
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }

  static void Refuse(AuditLog& log, const std::string& path) {
    const Operation operation = FileOperation{.action = FileAction::kRead, .path = path, .asked = path};
    const Decision decision{
        .verdict = Verdict::kHide, .risk = Risk::kSecret, .rule = "hide \"~/.ssh\"", .source = "p:1:1"};
    const Subject subject{.pid = 42, .tid = 42, .exe = "/usr/bin/py\x1bthon3"};
    ASSERT_TRUE(log.Append({.syscall = "openat",
                            .operation = &operation,
                            .decision = &decision,
                            .subject = &subject,
                            .error = ENOENT,
                            .done = false},
                           When())
                    .ok());
  }

  static std::chrono::system_clock::time_point When() {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'001'234));
  }

  // Every recorded run is a second younger than the one before, whatever the clock of the file system.
  void Age(const std::string& id) {
    const timespec times[2] = {{1'700'000'000 + ++recorded_, 0}, {1'700'000'000 + recorded_, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, PathsOfRun(state_, id).events.c_str(), times, 0), 0);
  }

  std::string state_;
  int recorded_ = 0;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPERVISOR_CLI_RECORDED_RUN_H_
