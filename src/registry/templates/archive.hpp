// Zip archives made in memory. The same files give the same bytes, whatever the time and time zone.
#pragma once

#include <span>
#include <string>

#include "base/error.hpp"

namespace sovereign::registry {

struct ArchiveFile {
  std::string path;  ///< Relative, with '/', without "..".
  std::string content;
  bool is_executable = false;
};

/// Error: `internal` when the library refuses (out of memory, a path twice).
Result<std::string> make_zip(std::span<const ArchiveFile> files);

}  // namespace sovereign::registry
