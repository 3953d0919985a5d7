// One instance of a program a folder: a lock that ends with the process, however it ends.
#pragma once

#include <filesystem>

#include "base/error.hpp"
#include "base/file_descriptor.hpp"

namespace sovereign::base {

class FileLock {
 public:
  /// Takes the lock and writes our process id into the file (0600). Errors: `conflict` when another
  /// process has it, with that process as the detail ("process 4711"); `unavailable` when the file
  /// cannot be opened or written.
  static Result<FileLock> take(const std::filesystem::path& file);

 private:
  explicit FileLock(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  FileDescriptor descriptor_;
};

}  // namespace sovereign::base
