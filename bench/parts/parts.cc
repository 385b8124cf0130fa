#include "bench/parts/parts.h"

#include <fcntl.h>
#include <seccomp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "interpose/elf_image.h"
#include "interpose/scan.h"
#include "policies/parser.h"
#include "policies/ruleset.h"
#include "policies/text.h"
#include "supervisor/audit/log.h"
#include "supervisor/confine/floor.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/remote_memory.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/numbers.h"

namespace usher::bench {
namespace {

volatile uint64_t sink = 0;  // so that nothing is found to be unused

PolicyContext ContextIn(const std::string& directory) {
  return {.home = directory + "/home", .workspace = directory + "/work", .temporary = directory + "/tmp"};
}

std::shared_ptr<Ruleset> Developer(const std::string& directory) {
  std::vector<Policy> layers;
  layers.push_back(*BuiltinPolicy("developer", ContextIn(directory)));
  return std::make_shared<Ruleset>(std::move(layers));
}

// `count` rules, as a list of places may have them; what is asked about lies below the one in the middle.
std::function<void()> DecideAmong(size_t count, const std::string& directory) {
  std::vector<Policy> layers;
  // A file may not be of any size: 1,000 rules a layer.
  for (size_t first = 0; first < count; first += 1000) {
    std::string text = "version = 1\nextends = []\n[files]\nread.allow = [";
    for (size_t i = first; i < std::min(count, first + 1000); ++i) AppendTo(text, "\"/srv/d", i % 100, "/project", i, "/src\",");
    text += "]\n";
    auto parsed = ParsePolicy(text, "many.toml", ContextIn(directory));
    if (!parsed.ok()) return {};
    layers.push_back(std::move(parsed->policy));
  }
  auto rules = std::make_shared<Ruleset>(std::move(layers));
  const size_t middle = count / 2;
  const Operation read = FileOperation{.action = FileAction::kRead,
                                       .path = Concat("/srv/d", middle % 100, "/project", middle, "/src/deep/file.cc")};
  if (rules->Decide(read).verdict != Verdict::kAllow) return {};
  return [rules, read] { sink = sink + static_cast<uint64_t>(rules->Decide(read).verdict); };
}

std::function<void()> Decode(const std::string&) {
  const RowByNumber rows;
  const int nr = seccomp_syscall_resolve_name("openat");
  const Row* row = rows.Find(nr);
  auto path = std::make_shared<std::string>("/usr/lib/x86_64-linux-gnu/libc.so.6");
  const SyscallEvent event{.tid = static_cast<int32_t>(gettid()), .nr = nr,
                           .args = {static_cast<uint64_t>(AT_FDCWD), reinterpret_cast<uint64_t>(path->c_str()), O_RDONLY}};
  auto memory = std::make_shared<RemoteMemory>(gettid());
  return [=] {
    const auto call = usher::Decode(*row, event, *memory);
    sink = sink + (call.ok() ? call->names.size() : 0);
  };
}

std::function<void()> Append(const std::string& directory) {
  RunInfo info;
  info.id = "s-00000000";
  auto log = AuditLog::Create(directory + "/events.jsonl", info);
  if (!log.ok()) return {};
  struct Kept {
    AuditLog log;
    Operation operation;
    Decision decision;
    Subject subject;
  };
  auto kept = std::make_shared<Kept>(Kept{*std::move(log), FileOperation{.action = FileAction::kCreate, .path = "/home/me/project/src/file.cc", .asked = "src/file.cc"}, {}, {}});
  kept->subject.pid = kept->subject.tid = 4711;
  kept->subject.exe = "/usr/bin/git";
  kept->subject.argv = {"git", "clone", "-q", "repo", "copy"};
  return [kept] {
    const AuditRecord record{.syscall = "openat", .operation = &kept->operation, .decision = &kept->decision,
                             .subject = &kept->subject};
    sink = sink + (kept->log.Append(record, std::chrono::system_clock::now()).ok() ? 1 : 0);
  };
}

// What the gate does with a C library that it has not seen: the places in it where files are opened.
std::function<void()> ScanLibc(const std::string&) {
  for (const char* libc : {"/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6"}) {
    auto text = std::make_shared<std::string>(ReadFile(libc, 64 << 20).value_or(""));
    const auto scan = [text] {
      const auto image = ElfImage::Read({reinterpret_cast<const uint8_t*>(text->data()), text->size()});
      return image ? FindSites(*image).size() : 0;
    };
    if (scan() > 0) return [scan] { sink = sink + scan(); };
  }
  return {};
}

std::function<void()> PlanTheFloor(const std::string& directory) {
  auto rules = Developer(directory);
  return [rules, directory] {
    auto floor = BuildFloor(*rules, FloorUse::kRunning, directory + "/tmp");
    sink = sink + (floor.ok() ? floor->plan.rules.size() : 0);
  };
}

std::function<void()> DecideByDeveloper(const std::string& directory) {
  auto rules = Developer(directory);
  const Operation read = FileOperation{.action = FileAction::kRead, .path = "/usr/lib/x86_64-linux-gnu/libc.so.6"};
  return [rules, read] { sink = sink + static_cast<uint64_t>(rules->Decide(read).verdict); };
}

std::function<void()> ReadDeveloper(const std::string& directory) {
  return [directory] { sink = sink + reinterpret_cast<uint64_t>(Developer(directory).get()); };
}

constexpr Part kParts[] = {
    {.name = "decode openat", .make = Decode, .quick = true, .counted = false},  // the kernel's part differs
    {.name = "decide, built-in policy", .make = DecideByDeveloper},
    {.name = "decide, 10 rules", .make = [](const std::string& d) { return DecideAmong(10, d); }},
    {.name = "decide, 1,000 rules", .make = [](const std::string& d) { return DecideAmong(1000, d); }, .quick = true},
    {.name = "decide, 100,000 rules", .make = [](const std::string& d) { return DecideAmong(100000, d); }, .counted = false},
    {.name = "log append", .make = Append, .quick = true, .counted = false},  // most of it is the kernel's
    {.name = "policy, made ready", .make = ReadDeveloper},
    {.name = "scan libc", .make = ScanLibc},
    {.name = "floor plan", .make = PlanTheFloor, .counted = false},  // depends on what there is on the disk
};

}  // namespace

std::span<const Part> Parts() { return kParts; }

const Part* FindPart(std::string_view name) {
  for (const Part& part : Parts()) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

void Yardstick() {
  uint64_t x = sink | 1;
  for (int i = 0; i < 20000; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  sink = x;
}

}  // namespace usher::bench
