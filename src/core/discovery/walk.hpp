// Finds manifests in folders of this machine: reads files, and does nothing else. No process, no
// socket, no symbolic link followed, everything bounded. Blocks: on a worker pool.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/discovery/git_metadata.hpp"
#include "core/manifest/manifest.hpp"

namespace sovereign::core {

struct WalkBounds {
  std::size_t depth = 10;  ///< Folders below a root.
  std::size_t manifests = 2000;
  std::size_t entries = 200'000;       ///< Looked at, in all folders together.
  std::size_t watched_folders = 4096;  ///< Listed in Walk::folders.
};

struct WalkPlan {
  std::vector<std::filesystem::path> roots;
  std::vector<std::filesystem::path> excluded;  ///< Folders not entered.
  WalkBounds bounds;
};

struct FoundManifest {
  std::string path;  ///< Absolute.
  std::string root;  ///< The scan root that it was found in.
  ManifestReading reading;
  std::optional<GitMetadata> git;
};

struct WalkProblem {
  std::string path;
  std::string code;  ///< invalid_root, walk_error, manifest_missing, entry_limit, stopped ...
  std::string message;

  bool operator==(const WalkProblem&) const = default;
};

struct Walk {
  std::vector<FoundManifest> manifests;
  std::vector<WalkProblem> problems;  ///< 1000 at most.
  std::vector<std::string> roots;     ///< That could be walked, with links resolved.
  std::vector<std::string> folders;   ///< Entered, nearest to the roots first.
  std::size_t entries = 0;
  /// A bound was hit or it was stopped: what was not found may be there all the same.
  bool is_partial = false;
};

/// Breadth first, names in order. Ends early once `stopping` is set.
Walk walk(const WalkPlan& plan, const std::atomic<bool>& stopping);

/// Hidden folders, and those of tools: .git, _build, deps, node_modules ...
bool is_skipped_folder(std::string_view name);

}  // namespace sovereign::core
