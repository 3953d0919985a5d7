#include "telemetry/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace sovereign::telemetry {
namespace {

/// Field `number` of /proc/self/stat, counted as proc(5) does; the second one may hold spaces.
double stat_field(int number) {
  std::ifstream file("/proc/self/stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::istringstream rest(text.substr(std::min(text.rfind(')') + 2, text.size())));
  std::string field;
  for (int i = 3; i <= number; ++i) rest >> field;
  return field.empty() ? 0 : std::strtod(field.c_str(), nullptr);
}

double boot_time_seconds() {
  std::ifstream file("/proc/stat");
  std::string name;
  double value = 0;
  for (std::string line; std::getline(file, line);) {
    if (std::istringstream(line) >> name >> value && name == "btime") return value;
  }
  return 0;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Field `index` of /proc/self/statm, in bytes.
double memory_field(int index) {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  for (int i = 0; i <= index; ++i) file >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double resident_bytes() { return memory_field(1); }
double virtual_bytes() { return memory_field(0); }

double open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<double>(std::distance(begin(entries), end(entries))) -
         1;  // Less the one used to look.
}

double max_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

double thread_count() { return stat_field(20); }

double start_time_seconds() {
  return boot_time_seconds() + stat_field(22) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace sovereign::telemetry
