// What a folder holds, as hashes: tells whether an installed tree is still what was exported, what
// a build changed, and names a build's output. Blocks: on a worker pool only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace sovereign::core {

/// Path from the folder -> "f <sha256>", "x <sha256>" (executable) or "l <sha256 of the target>".
using TreeSnapshot = std::map<std::string, std::string, std::less<>>;

/// Which part of a tree. A build's output is `_build` and `deps` in `project`, the folder of the
/// manifest ("" for the root).
enum class TreePart : std::uint8_t { sources, build_output };

/// Follows no links; reads regular files only. Errors: install_invalid_tree (a device, socket or
/// pipe; over 200 000 files or 2 GiB), `unavailable` (cannot be read).
Result<TreeSnapshot> take_snapshot(const std::filesystem::path& tree, std::string_view project,
                                   TreePart part);

/// SHA-256 (hex) over "<value>  <path>" and a NUL for each entry, sorted by path.
std::string digest_of(const TreeSnapshot& snapshot);

struct TreeChanges {
  std::vector<std::string> changed;  ///< Or removed.
  std::vector<std::string> added;
};

TreeChanges compare_snapshots(const TreeSnapshot& before, const TreeSnapshot& after);

/// Whether the sources of an installed tree are those of `source_hash`. Error:
/// install_invalid_tree.
Result<void> verify_sources(const std::filesystem::path& tree, std::string_view project,
                            const std::string& source_hash);

}  // namespace sovereign::core
