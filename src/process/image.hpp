// What the forked child needs, laid out beforehand: between fork and exec a child of a program with
// threads may only make system calls (signal-safety(7)), so it must not allocate.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "process/file_descriptor.hpp"
#include "process/launch_plan.hpp"

namespace sovereign::process {

/// Descriptors of the parent, all above 2; `report` takes a LaunchFault when the exec fails.
struct ChildDescriptors {
  int input = -1;
  int output = -1;
  int errors = -1;
  int report = -1;
};

/// Where the child failed, with errno.
enum class LaunchStep : int { descriptors, directory, limits, privileges, program };
struct LaunchFault {
  LaunchStep step = LaunchStep::program;
  int error = 0;
};

class ProcessImage {
 public:
  /// `plan` must outlive it. Limits above the hard limit of this process are lowered to it.
  ProcessImage(const LaunchPlan& plan, std::string path, ChildDescriptors descriptors);
  ProcessImage(const ProcessImage&) = delete;
  ProcessImage& operator=(const ProcessImage&) = delete;

  /// In the child: becomes the program, or reports and ends. Only system calls.
  [[noreturn]] void become() const;

 private:
  struct Limit {
    __rlimit_resource resource;
    rlimit value;
  };

  void add_limit(__rlimit_resource resource, rlim_t value);
  [[noreturn]] void fail(LaunchStep step) const;

  const std::string path_;
  const std::string directory_;
  const ChildDescriptors descriptors_;
  const pid_t parent_;
  std::vector<std::string> environment_;
  std::vector<char*> arguments_;
  std::vector<char*> variables_;
  std::vector<Limit> limits_;
};

struct Forked {
  pid_t pid = 0;
  FileDescriptor pidfd;
};

/// Forks a child that becomes `image`. Errors: unavailable.
Result<Forked> fork_into(const ProcessImage& image);

}  // namespace sovereign::process
