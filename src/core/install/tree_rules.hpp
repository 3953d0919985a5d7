// Which trees of strangers may be written to this machine, decided from git's listing before one
// byte of them is read. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/sync/git_output.hpp"

namespace sovereign::core {

struct TreeLimits {
  std::size_t files = 20'000;
  std::uint64_t file_bytes = 32ULL << 20;
  std::uint64_t total_bytes = 256ULL << 20;
  std::size_t path_bytes = 512;
  std::size_t name_bytes = 200;
  std::size_t depth = 32;
};

struct ExportPlan {
  std::vector<TreeEntry> files;  ///< Regular and executable ones only.
  std::vector<std::string> warnings;
};

/// Refuses (`install.invalid_tree`, naming the path): symbolic links, also those that point into
/// the tree, since what they lead to is decided only when they are followed; paths that are not
/// plain (see problem_of_path()); build output (`_build` and `deps` beside the manifest), which
/// nobody could tell from what a build leaves; what is over the limits. Submodules are left out
/// with a warning. `project` is the folder of the manifest, "" for the root.
Result<ExportPlan> plan_export(std::vector<TreeEntry> listing, std::string_view project,
                               const TreeLimits& limits);

/// Why a path must not be written, or nothing: not UTF-8, absolute, an empty, "." or ".." segment,
/// backslashes, control characters, invisible characters, too long or deep, or a name that some
/// file system takes for ".git" (any case, NTFS short names and streams, trailing dots and spaces).
std::optional<std::string_view> problem_of_path(std::string_view path, const TreeLimits& limits);

/// The folder of a relative path: "" for a plain name.
std::string_view folder_of(std::string_view path);

/// `path` as it may be shown: printable ASCII, 200 bytes at most.
std::string shown_path(std::string_view path);

}  // namespace sovereign::core
