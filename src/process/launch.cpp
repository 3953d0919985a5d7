#include "process/launch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "process/image.hpp"

namespace sovereign::process {

namespace {

struct PipeEnds {
  FileDescriptor reader;
  FileDescriptor writer;
};

Failure out_of_descriptors(std::string_view what) {
  return base::fail(ErrorCode::unavailable, "The system has no resources left for a process.",
                    fmt::format("{}: {}", what, std::strerror(errno)));
}

/// Descriptors of ours that become 0, 1 and 2 of the child must not be 0, 1 or 2 themselves.
Result<FileDescriptor> above_standard(FileDescriptor descriptor) {
  if (!descriptor || descriptor.get() > STDERR_FILENO) return descriptor;
  FileDescriptor moved(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved) return out_of_descriptors("dup");
  return moved;
}

Result<PipeEnds> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return out_of_descriptors("pipe");
  FileDescriptor first(ends[0]);
  FileDescriptor second(ends[1]);
  auto reader = above_standard(std::move(first));
  auto writer = above_standard(std::move(second));
  if (!reader || !writer) return out_of_descriptors("pipe");
  return PipeEnds{std::move(*reader), std::move(*writer)};
}

/// All of the input is in memory before the program starts: nobody has to feed it.
Result<FileDescriptor> make_input(const std::optional<std::string>& input) {
  if (!input) {
    FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null) return out_of_descriptors("/dev/null");
    return above_standard(std::move(null));
  }
  FileDescriptor memory(::memfd_create("input", MFD_CLOEXEC));
  if (!memory) return out_of_descriptors("memfd");
  std::string_view rest = *input;
  while (!rest.empty()) {
    const ssize_t written = ::write(memory.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return out_of_descriptors("memfd write");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  ::lseek(memory.get(), 0, SEEK_SET);
  return above_standard(std::move(memory));
}

bool is_regular(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

Failure not_executable(std::string_view program) {
  return base::fail(ErrorCode::forbidden, fmt::format("'{}' is not executable.", program));
}

Result<std::string> check_program(std::string path, std::string_view name) {
  if (!is_regular(path)) {
    return base::fail(ErrorCode::not_found, fmt::format("There is no program '{}'.", name));
  }
  if (::access(path.c_str(), X_OK) != 0) return not_executable(name);
  return path;
}

Failure exec_failure(const LaunchPlan& plan, int error) {
  switch (error) {
    case ENOENT:
      return base::fail(ErrorCode::not_found,
                        fmt::format("The interpreter of '{}' is missing.", plan.program));
    case EACCES:
    case EPERM: return not_executable(plan.program);
    case ENOEXEC:
      return base::fail(ErrorCode::unprocessable,
                        fmt::format("'{}' is not a program: neither a binary of this machine nor "
                                    "a script with an interpreter line.",
                                    plan.program));
    case E2BIG:
      return base::fail(
          ErrorCode::unprocessable,
          fmt::format("The arguments and environment of '{}' are too large.", plan.program));
    case ENOMEM:
    case EAGAIN:
      return base::fail(ErrorCode::unavailable, "The system has no resources left for a process.");
    default:
      return base::fail(ErrorCode::internal, fmt::format("'{}' did not start.", plan.program),
                        std::strerror(error));
  }
}

Failure directory_failure(const LaunchPlan& plan, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    return base::fail(ErrorCode::not_found, fmt::format("There is no folder '{}' to start '{}' in.",
                                                        plan.directory, plan.program));
  }
  return base::fail(ErrorCode::forbidden,
                    fmt::format("The folder '{}' cannot be entered.", plan.directory),
                    std::strerror(error));
}

Failure explain(const LaunchPlan& plan, const LaunchFault& fault) {
  switch (fault.step) {
    case LaunchStep::program: return exec_failure(plan, fault.error);
    case LaunchStep::directory: return directory_failure(plan, fault.error);
    case LaunchStep::limits:
    case LaunchStep::descriptors:
    case LaunchStep::privileges: break;
  }
  return base::fail(
      ErrorCode::internal, fmt::format("'{}' did not start.", plan.program),
      fmt::format("step {}: {}", static_cast<int>(fault.step), std::strerror(fault.error)));
}

/// Nothing when the report pipe closes without a word: exec closed it.
std::optional<LaunchFault> read_fault(int descriptor) {
  LaunchFault fault;
  ssize_t count = 0;
  do {
    count = ::read(descriptor, &fault, sizeof fault);
  } while (count < 0 && errno == EINTR);
  if (count == 0) return std::nullopt;
  if (count != sizeof fault) return LaunchFault{LaunchStep::privileges, EIO};
  return fault;
}

void reap_failed(int pidfd) {
  siginfo_t info{};
  while (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
}

std::string marker_of(const Environment& environment) {
  const auto found = environment.find(kTreeMarker);
  return found == environment.end() ? std::string() : found->second;
}

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

Result<void> check_strings(const LaunchPlan& plan) {
  bool is_bad = holds_nul(plan.program) || holds_nul(plan.directory);
  for (const auto& argument : plan.arguments) is_bad |= holds_nul(argument);
  for (const auto& [name, value] : plan.environment) {
    is_bad |= name.empty() || name.contains('=') || holds_nul(name) || holds_nul(value);
  }
  if (!is_bad) return {};
  return base::fail(ErrorCode::unprocessable,
                    "An argument or variable of the program holds a NUL byte or has no name.");
}

}  // namespace

Result<std::string> find_program(const LaunchPlan& plan) {
  if (plan.program.empty()) return base::fail(ErrorCode::not_found, "The program has no name.");
  if (plan.program.starts_with('/')) return check_program(plan.program, plan.program);
  if (plan.program.contains('/')) {
    return check_program(plan.directory + "/" + plan.program, plan.program);
  }
  const auto path = plan.environment.find("PATH");
  std::string_view rest = path == plan.environment.end() ? std::string_view() : path->second;
  bool is_there = false;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const std::string_view folder = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // An empty or relative entry would mean the working directory, which may be a stranger's.
    if (!folder.starts_with('/')) continue;
    auto candidate = check_program(fmt::format("{}/{}", folder, plan.program), plan.program);
    if (candidate) return candidate;
    is_there |= candidate.error().code == ErrorCode::forbidden;
  }
  if (is_there) return not_executable(plan.program);
  return base::fail(ErrorCode::not_found,
                    fmt::format("There is no program '{}' in PATH.", plan.program));
}

Result<SpawnedProcess> launch(const LaunchPlan& plan) {
  if (auto checked = check_strings(plan); !checked) return Failure(std::move(checked.error()));
  auto path = find_program(plan);
  if (!path) return Failure(std::move(path.error()));
  auto input = make_input(plan.input);
  if (!input) return Failure(std::move(input.error()));
  auto output = make_pipe();
  if (!output) return Failure(std::move(output.error()));
  auto errors = make_pipe();
  if (!errors) return Failure(std::move(errors.error()));
  auto report = make_pipe();
  if (!report) return Failure(std::move(report.error()));

  const ProcessImage image(plan, std::move(*path),
                           {.input = input->get(),
                            .output = output->writer.get(),
                            .errors = errors->writer.get(),
                            .report = report->writer.get()});
  auto forked = fork_into(image);
  if (!forked) return Failure(std::move(forked.error()));
  report->writer.reset();
  if (const auto fault = read_fault(report->reader.get())) {
    reap_failed(forked->pidfd.get());
    return explain(plan, *fault);
  }
  // Unreaped, the entry is there even if the program has ended already.
  const auto entry = read_entry(forked->pid);
  return SpawnedProcess{.tree = {.leader = forked->pid,
                                 .start_time = entry ? entry->start_time : 0,
                                 .marker = marker_of(plan.environment)},
                        .pidfd = std::move(forked->pidfd),
                        .output = std::move(output->reader),
                        .errors = std::move(errors->reader)};
}

}  // namespace sovereign::process
