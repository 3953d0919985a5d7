// Reading a manifest from a folder that somebody else may write to. Blocks: on a worker pool only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "core/manifest/manifest.hpp"

namespace sovereign::core {

/// The bytes of folder/relative. Below `folder` no symbolic link is followed and nothing outside is
/// reached (openat2). Errors: manifest_missing (not there, or no regular file, or reached through a
/// link), manifest_too_large; `unavailable` when it cannot be read.
Result<std::string> read_manifest_file(const std::filesystem::path& folder,
                                       std::string_view relative = kManifestName);

/// The same below an open directory; `limit` in bytes. Errors as above.
Result<std::string> read_file_beneath(int directory, std::string_view relative, std::size_t limit);

}  // namespace sovereign::core
