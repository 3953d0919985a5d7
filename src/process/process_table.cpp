#include "process/process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>
#include <memory>
#include <thread>
#include <unordered_set>

#include "process/file_descriptor.hpp"
#include "process/launch_plan.hpp"

namespace sovereign::process {

namespace {

/// Field numbers of proc(5), counted from the state, the first after the name.
enum StatField : std::size_t {
  kState = 0,
  kParent = 1,
  kSession = 3,
  kUserTime = 11,
  kSystemTime = 12,
  kStartTime = 19,
  kVirtual = 20,
  kResident = 21,
  kEnvironmentEnd = 48,
  kFieldsRead = 49,
};

/// Environments are read up to here; the kernel allows larger ones, programs do not use them.
constexpr std::size_t kEnvironmentBytes = 4 << 20;
/// Against a machine that forks without end.
constexpr int kTableLooks = 32;
constexpr int kLoadingLooks = 100;

std::string read_proc_file(pid_t pid, std::string_view name, std::size_t limit) {
  FileDescriptor file(::open(fmt::format("/proc/{}/{}", pid, name).c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file) return text;
  std::array<char, 4096> block;
  while (text.size() < limit) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count <= 0) break;
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  return text;
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_own_user(pid_t pid) {
  struct stat status{};
  return ::stat(fmt::format("/proc/{}", pid).c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

std::vector<pid_t> list_pids() {
  std::vector<pid_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), &::closedir);
  if (!folder) return pids;
  while (const dirent* entry = ::readdir(folder.get())) {
    pid_t pid = 0;
    if (read_number(std::string_view(entry->d_name), pid)) pids.push_back(pid);
  }
  std::ranges::sort(pids);
  return pids;
}

/// In the midst of execve(2) a process shows no environment for some microseconds; there is nothing
/// to wait on but time.
bool is_loading(pid_t pid) {
  const auto entry = read_entry(pid);
  return entry && entry->virtual_bytes != 0 && entry->environment_end == 0;
}

std::string read_environment(pid_t pid) {
  std::string text = read_proc_file(pid, "environ", kEnvironmentBytes);
  for (int look = 0; look < kLoadingLooks && text.empty() && is_loading(pid); ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    text = read_proc_file(pid, "environ", kEnvironmentBytes);
  }
  return text;
}

}  // namespace

std::optional<ProcessEntry> parse_stat(std::string_view text) {
  ProcessEntry entry;
  const auto open = text.find(" (");
  const auto close = text.rfind(") ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  if (!read_number(text.substr(0, open), entry.pid)) return std::nullopt;
  std::array<std::string_view, kFieldsRead> fields;
  std::string_view rest = text.substr(close + 2);
  for (auto& field : fields) {
    const auto end = std::min(rest.find(' '), rest.size());
    field = rest.substr(0, end);
    if (field.empty()) return std::nullopt;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  entry.state = fields[kState].front();
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  if (!read_number(fields[kParent], entry.parent) ||
      !read_number(fields[kSession], entry.session) || !read_number(fields[kUserTime], user) ||
      !read_number(fields[kSystemTime], system) ||
      !read_number(fields[kStartTime], entry.start_time) ||
      !read_number(fields[kVirtual], entry.virtual_bytes) ||
      !read_number(fields[kResident], entry.resident_pages) ||
      !read_number(fields[kEnvironmentEnd], entry.environment_end)) {
    return std::nullopt;
  }
  entry.cpu_ticks = user + system;
  return entry;
}

std::optional<ProcessEntry> read_entry(pid_t pid) {
  return parse_stat(read_proc_file(pid, "stat", 4096));
}

bool verify(pid_t pid, StartTime start_time) {
  const auto entry = read_entry(pid);
  return entry && entry->start_time == start_time && !entry->has_ended();
}

bool has_marker(pid_t pid, std::string_view marker) {
  if (!is_own_user(pid)) return false;
  const std::string environment = read_environment(pid);
  const std::string wanted = fmt::format("{}={}", kTreeMarker, marker);
  std::string_view rest = environment;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\0'), rest.size());
    if (rest.substr(0, end) == wanted) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

ProcessTable::ProcessTable(std::vector<ProcessEntry> entries) : entries_(std::move(entries)) {}

ProcessTable ProcessTable::read(const std::function<void(const ProcessEntry&)>& see) {
  std::vector<ProcessEntry> entries;
  std::vector<pid_t> known;
  for (int look = 0; look < kTableLooks; ++look) {
    const std::vector<pid_t> listed = list_pids();
    std::vector<pid_t> fresh;
    std::ranges::set_difference(listed, known, std::back_inserter(fresh));
    if (fresh.empty()) break;
    for (const pid_t pid : fresh) {
      const auto entry = read_entry(pid);
      if (!entry) continue;
      entries.push_back(*entry);
      if (see) see(*entry);
    }
    known = listed;
  }
  std::ranges::sort(entries, {}, &ProcessEntry::pid);
  return ProcessTable(std::move(entries));
}

std::vector<ProcessEntry> ProcessTable::subtree(pid_t root) const {
  std::unordered_set<pid_t> pids{root};
  // Until nothing changes: once numbers have wrapped a parent may have the higher one.
  std::size_t before = 0;
  do {
    before = pids.size();
    for (const auto& entry : entries_) {
      if (pids.contains(entry.parent)) pids.insert(entry.pid);
    }
  } while (pids.size() != before);
  std::vector<ProcessEntry> found;
  std::ranges::copy_if(entries_, std::back_inserter(found),
                       [&](const ProcessEntry& entry) { return pids.contains(entry.pid); });
  return found;
}

TreeUsage ProcessTable::usage(pid_t root) const {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  static const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  TreeUsage usage;
  for (const auto& entry : subtree(root)) {
    usage.resident_bytes += entry.resident_pages * page;
    usage.cpu += std::chrono::milliseconds(entry.cpu_ticks * 1000 / ticks);
    ++usage.processes;
  }
  return usage;
}

TreeUsage tree_usage(pid_t root) { return ProcessTable::read().usage(root); }

}  // namespace sovereign::process
