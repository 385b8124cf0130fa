#include "supervisor/cli/log_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/audit/log_chain.h"
#include "supervisor/cli/output.h"
#include "supervisor/cli/run_choice.h"
#include "supervisor/cli/state_paths.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

using Json = nlohmann::ordered_json;  // so that fields come in the order they were written

// A text field, raw: its base64 twin says what the bytes really were.
std::string Field(const Json& line, const char* key) {
  const auto twin = line.find(std::string(key) + "_b64");
  std::string exact;
  if (twin != line.end() && twin->is_string() && absl::Base64Unescape(twin->get<std::string>(), &exact)) return exact;
  const auto field = line.find(key);
  return field != line.end() && field->is_string() ? field->get<std::string>() : "";
}

std::string NumberField(const Json& line, const char* key) {
  const auto field = line.find(key);
  return field != line.end() && field->is_number_integer() ? field->dump() : "";
}

// Text that belongs together on a terminal line: pad after escaping, so that columns hold.
std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// What happened in the end, which is not always what the policy said: a person may have answered.
std::string Outcome(const Json& line) {
  std::string verdict = Field(line, "verdict");
  const std::string answer = Field(line, "answer");
  if (verdict != "ask") return verdict;
  return answer.empty() ? "ask" : Concat("ask:", answer);
}

std::string CallText(const Json& line) {
  std::string out = Concat(Padded(Escape(Outcome(line)), 12), " ", Padded(Escape(Field(line, "kind")), 12), " ",
                           Escape(Field(line, "object")));
  const std::string exe = Field(line, "exe"), pid = NumberField(line, "pid");
  if (!exe.empty()) AppendTo(out, "  by ", Escape(exe.substr(exe.find_last_of('/') + 1)));
  if (!pid.empty()) AppendTo(out, " (", pid, ")");
  if (const std::string error = Field(line, "errno"); !error.empty()) AppendTo(out, "  ", Escape(error));
  if (const std::string by = Field(line, "by"); !by.empty()) AppendTo(out, "  answered at ", Escape(by));
  if (const std::string rule = Field(line, "rule"); !rule.empty()) AppendTo(out, "  [", Escape(rule), "]");
  return out;
}

// A line about the run: its fields, as they come.
std::string EventText(const Json& line) {
  std::string out = Escape(Field(line, "type"));
  for (const auto& [key, value] : line.items()) {
    if (key == "n" || key == "prev" || key == "t" || key == "type" || key.ends_with("_b64")) continue;
    if (value.empty() || value == "") continue;
    AppendTo(out, "  ", Escape(key), "=",
             Escape(value.is_string() ? Field(line, key.c_str())
                                      : value.dump(-1, ' ', false, Json::error_handler_t::replace)));
  }
  return out;
}

// Reads a log that may still be growing, line by line.
class Tail {
 public:
  explicit Tail(UniqueFd fd) : fd_(std::move(fd)) {}

  // Hands every whole line that has come since to `take`; false when reading failed.
  template <typename Take>
  bool Drain(const Take& take) {
    std::vector<char> block(size_t{1} << 16);
    for (;;) {
      const ssize_t got = read(fd_.get(), block.data(), block.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return got == 0;
      partial_.append(block.data(), static_cast<size_t>(got));
      size_t start = 0;
      for (size_t end; (end = partial_.find('\n', start)) != std::string::npos; start = end + 1) {
        take(std::string_view(partial_).substr(start, end - start));
      }
      partial_.erase(0, start);
      if (partial_.size() > kMaxLogLine) return errno = EFBIG, false;
    }
  }

 private:
  UniqueFd fd_;
  std::string partial_;
};

bool EndsRun(std::string_view line) {
  const Json parsed = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  return parsed.is_object() && Field(parsed, "type") == "run.end";
}

// Waits until the file was written to. A second at most, for hosts without inotify.
void AwaitGrowth(int inotify) {
  pollfd poll_for{.fd = inotify, .events = POLLIN};
  if (poll(&poll_for, 1, 1000) <= 0) return;
  char events[4096];
  while (read(inotify, events, sizeof events) > 0) {
  }
}

}  // namespace

std::string LogLineForPerson(std::string_view line) {
  const Json parsed = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return Concat("? ", Escape(line));
  // "2026-11-23T17:07:43.123Z": the day stands in the first line's own fields.
  const std::string when = Field(parsed, "t");
  const std::string time = when.size() == 24 ? when.substr(11, 12) : when;
  std::string out = Concat(Escape(time), "  ", Field(parsed, "type") == "call" ? CallText(parsed) : EventText(parsed));
  if (const std::string lost = NumberField(parsed, "dropped"); !lost.empty()) {
    AppendTo(out, "  (", lost, " lines before this one could not be written)");
  }
  return out;
}

int ShowLog(const LogOptions& options, std::FILE* out, std::FILE* err) {
  const absl::StatusOr<std::string> run = ChooseRun(options.state, options.run);
  if (!run.ok()) return Fail(err, 1, run.status());
  const std::string path = PathsOfRun(options.state, *run).events;
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return Fail(err, 1, ErrnoStatus(Concat("open(\"", path, "\")")));
  const UniqueFd inotify(options.follow ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1);
  if (inotify) inotify_add_watch(inotify.get(), path.c_str(), IN_MODIFY);

  bool ended = false;
  const auto take = [&](std::string_view line) {
    Print(out, options.json ? Concat(line, "\n") : LogLineForPerson(line) + "\n");
    if (options.follow && !ended) ended = EndsRun(line);
  };
  Tail tail(std::move(fd));
  for (;;) {
    if (!tail.Drain(take)) return Fail(err, 1, ErrnoStatus(Concat("read(\"", path, "\")")));
    // A reader that went away (usher log | head) ends this quietly.
    if (std::fflush(out) != 0) return 1;
    if (!options.follow || ended) return 0;
    AwaitGrowth(inotify.get());
  }
}

}  // namespace usher
