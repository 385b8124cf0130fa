#include "bench/measure/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "policies/text.h"
#include "supervisor/kernel/landlock.h"

namespace usher::bench {
namespace {

namespace fs = std::filesystem;

std::string FirstLine(const std::string& path, const std::string& otherwise = "unknown") {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) && !line.empty() ? line : otherwise;
}

// The value of "key : value" in a file of such lines.
std::string Field(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (parts.size() == 2 && FromAbsl(absl::StripAsciiWhitespace(parts[0])) == key) {
      return std::string(absl::StripAsciiWhitespace(parts[1]));
    }
  }
  return "";
}

std::string CpuName() {
  for (const char* key : {"model name", "Model", "CPU part"}) {
    if (std::string name = Field("/proc/cpuinfo", key); !name.empty()) return name;
  }
  return "unknown";
}

Json Mitigations() {
  Json list = Json::object();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/sys/devices/system/cpu/vulnerabilities", error)) {
    const std::string state = FirstLine(entry.path());
    if (state != "Not affected") list[entry.path().filename().string()] = state;
  }
  return list;
}

bool InVirtualMachine() {
  const std::string flags = Field("/proc/cpuinfo", "flags");
  return (flags.find("hypervisor") != std::string::npos) || fs::exists("/sys/hypervisor/type") ||
         FirstLine("/sys/class/dmi/id/sys_vendor", "") == "QEMU";
}

uint64_t StolenTicks() {
  std::istringstream line(FirstLine("/proc/stat", ""));
  std::string cpu;
  uint64_t value = 0;
  line >> cpu;
  for (int i = 0; i < 8; ++i) line >> value;  // the eighth is "steal", proc(5)
  return value;
}

// Work that depends on the processor alone.
uint64_t Spin() {
  volatile uint64_t seed = 88172645463325252u;
  uint64_t x = seed;
  for (int i = 0; i < 20000; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  seed = x;
  return x;
}

double NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

}  // namespace

std::string UtcNow() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

Json DescribeMachine(const std::string& remark) {
  utsname kernel{};
  uname(&kernel);
  Json machine;
  machine["cpu"] = CpuName();
  machine["architecture"] = kernel.machine;
  machine["cores"] = sysconf(_SC_NPROCESSORS_ONLN);
  machine["memory_mb"] = sysconf(_SC_PHYS_PAGES) / 1024 * sysconf(_SC_PAGESIZE) / 1024;
  machine["page_size"] = sysconf(_SC_PAGESIZE);
  machine["kernel"] = Concat(kernel.sysname, " ", kernel.release);
  machine["distribution"] = std::string(absl::StripSuffix(absl::StripPrefix(FirstLine("/etc/os-release"), "PRETTY_NAME=\""), "\""));
  machine["virtual"] = InVirtualMachine();
  machine["governor"] = FirstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "none to be seen");
  machine["clock"] = FirstLine("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  machine["mitigations"] = Mitigations();
  machine["landlock_abi"] = LandlockAbi();
  machine["root"] = geteuid() == 0;
  if (!remark.empty()) machine["remark"] = remark;
  return machine;
}

Json MeasureNoise() {
  const uint64_t stolen = StolenTicks();
  std::vector<double> times;
  const double end = NowNs() + 3e8;
  while (NowNs() < end) {
    const double start = NowNs();
    Spin();
    times.push_back(NowNs() - start);
  }
  const std::vector<std::string> load = absl::StrSplit(FirstLine("/proc/loadavg", "0 0 0"), ' ');
  Json noise;
  noise["load_1_minute"] = std::atof(load[0].c_str());
  noise["running"] = load.size() > 3 ? load[3] : "";
  noise["stolen_ticks"] = StolenTicks() - stolen;
  // 1 on a quiet machine: how much longer the slowest hundredth of a fixed work took than its fastest quarter.
  noise["spin_p99_to_p25"] = Quantile(times, 0.99) / Quantile(times, 0.25);
  return noise;
}

}  // namespace usher::bench
