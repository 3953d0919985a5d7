// From a place in git to a tree on the disk that only data got to: fetch into the mirror, read the
// listing, read blobs, write files, check the manifest. Executes nothing of the repository.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "core/home.hpp"
#include "core/install/installed_tree.hpp"
#include "core/install/tree_rules.hpp"
#include "core/manifest/manifest.hpp"
#include "core/sync/git.hpp"

namespace sovereign::core {

/// What to fetch of an agent, and what is expected of it.
struct TreeSource {
  AgentId agent;
  GitUrl url;
  GitRef ref;
  std::string manifest_path;
  std::string registry;
  std::string registry_commit;
  std::string expected_manifest_hash;  ///< Or empty.
  std::optional<CommitId> expected_commit;
};

struct FetchedTree {
  InstalledTree tree;  ///< Role, times and build state are the caller's to say.
  ManifestReading manifest;
};

class TreeFetcher {
 public:
  /// Said as the work goes on: "fetching", "reading", "writing", "checking".
  using Progress = std::function<void(std::string_view step)>;

  /// All must outlive it.
  TreeFetcher(Git& git, async::WorkerPool& pool, const Home& home, TreeLimits limits)
      : git_(git), pool_(pool), home_(home), limits_(limits) {}

  /// Only resolves and fetches into the mirror.
  Task<CommitId> fetch(TreeSource source);

  /// Exports a fetched commit to Home::tree(). A folder that lies there already is a leftover and
  /// replaced, so never call it for a commit whose tree has a role. Nothing is left of a failure.
  /// Errors: install_fetch_failed, install_invalid_tree, install_id_mismatch, manifest_missing,
  /// manifest_invalid and the like (no id can be read), limit_disk, `unavailable`.
  Task<FetchedTree> export_commit(TreeSource source, CommitId commit, Progress progress);

 private:
  Task<void> write_files(std::filesystem::path mirror, std::filesystem::path folder,
                         std::vector<TreeEntry> files);
  Task<FetchedTree> check(TreeSource source, InstalledTree tree, std::filesystem::path folder);
  Task<void> discard(std::filesystem::path folder);

  Git& git_;
  async::WorkerPool& pool_;
  const Home& home_;
  const TreeLimits limits_;
};

/// The folder beneath Home::agent() that trees are written to before they get their name.
std::filesystem::path unfinished_tree(const Home& home, const AgentId& agent);

}  // namespace sovereign::core
