// A folder of its own for one test, removed with all it holds.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sovereign::support {

class TemporaryFolder {
 public:
  /// Makes /tmp/sovereign-<purpose>-<process id>-XXXXXX, mode 0700. Throws when it cannot; first
  /// removes those that a crashed test program left behind.
  explicit TemporaryFolder(std::string_view purpose = "test");
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// The path of `name` in the folder.
  std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace sovereign::support
