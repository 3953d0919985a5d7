// Writes a tree of strangers' files into a new folder. Every file and folder is made anew beneath
// it (openat2, O_EXCL): nothing that exists is opened, followed or replaced, whatever the paths
// say. Blocks: on a worker pool only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/error.hpp"
#include "process/file_descriptor.hpp"

namespace sovereign::core {

enum class FileMode { plain, executable };  ///< 0600 and 0700: its user's alone.

class TreeWriter {
 public:
  /// Makes `folder`, which must not exist. Errors: `unavailable`.
  static Result<TreeWriter> make(const std::filesystem::path& folder);

  /// Makes the file and the folders it needs. Errors: install_invalid_tree (exists already, or
  /// leads out of the folder), limit_disk, `unavailable`.
  Result<void> write(std::string_view path, std::string_view bytes, FileMode mode);

  /// Waits until all of it is on the disk.
  Result<void> finish();

 private:
  explicit TreeWriter(process::FileDescriptor root) : root_(std::move(root)) {}
  Result<void> make_folders(std::string_view path);

  process::FileDescriptor root_;
  std::unordered_set<std::string> folders_;
};

}  // namespace sovereign::core
