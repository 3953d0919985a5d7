// Where a folder's source comes from, read from the files of its .git: no git program runs, and no
// file outside the scanned tree is opened. Blocks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sovereign::core {

struct GitMetadata {
  std::string url;     ///< Of the remote "origin", else of the first; without user information.
  std::string ref;     ///< "main" of refs/heads/main; empty when HEAD is a commit.
  std::string commit;  ///< 40 or 64 hex digits, or empty.

  bool operator==(const GitMetadata&) const = default;
};

/// Of `folder` or the nearest folder above it that has a .git, up to `root` (an open directory).
/// `folder` is relative to it, "." for itself. A .git that is a file (a worktree) is followed when
/// it leads to somewhere below `root`, whose absolute path is `root_path`. Nothing when there is
/// none or it cannot be read.
std::optional<GitMetadata> read_git_metadata(int root, std::string_view root_path,
                                             std::string_view folder);

/// The URL in a .git/config, as above; empty when there is none.
std::string remote_url(std::string_view config);

}  // namespace sovereign::core
