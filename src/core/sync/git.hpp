// The git program, hardened: it fetches into bare repositories that only the Core touches and reads
// blobs from them. There is never a work tree, so no hook, filter, attribute or symbolic link of a
// repository has anything to act on. Never point it at a folder an agent can write to.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "core/sync/git_output.hpp"
#include "core/sync/git_source.hpp"
#include "core/sync/ports.hpp"

namespace sovereign::core {

struct GitLimits {
  std::chrono::milliseconds network_timeout{120'000};
  std::chrono::milliseconds local_timeout{60'000};
  std::uint64_t file_bytes = 256ULL << 20;    ///< Of one file git writes; enforced by the kernel.
  std::uint64_t mirror_bytes = 512ULL << 20;  ///< Of a mirror; one over it is removed.
  std::size_t listing_bytes = 32ULL << 20;    ///< Of the listing of a tree.
};

struct GitOptions {
  GitLimits limits;
  std::string search_path = "/usr/local/bin:/usr/bin:/bin";  ///< PATH.
  /// Of the Core's own environment what reaching a network may need: https_proxy, SSL_CERT_FILE,
  /// SSH_AUTH_SOCK. Everything else git sees is fixed.
  process::Environment network_environment = {};
};

struct TreeListing {
  std::string tree;  ///< The root tree's id, 40 hex digits.
  std::vector<TreeEntry> entries;
};

/// What to list of a tree: all files, or where a registry's entries are.
enum class ListingScope : std::uint8_t { everything, registry };

/// Failures carry `install.fetch_failed` with a detail for people.
class Git {
 public:
  /// Both must outlive it.
  Git(CommandRunner& runner, async::WorkerPool& pool, GitOptions options)
      : runner_(runner), pool_(pool), options_(std::move(options)) {}

  /// Brings what `ref` names at `url` into the bare repository `mirror` (made when missing) and
  /// answers its commit. Nothing is downloaded when the commit is there already. One call at a
  /// time for a mirror.
  Task<CommitId> fetch(std::filesystem::path mirror, GitUrl url, GitRef ref);

  Task<TreeListing> list(std::filesystem::path mirror, CommitId commit, ListingScope scope);

  /// The bytes of `entries`, in their order; together they must fit into memory.
  Task<std::vector<std::string>> read(std::filesystem::path mirror, std::vector<TreeEntry> entries);

 private:
  struct Invocation;
  Task<std::string> run(Invocation invocation);
  Task<void> prepare(std::filesystem::path mirror);
  Task<bool> has(std::filesystem::path mirror, CommitId commit);
  Task<void> download(std::filesystem::path mirror, GitUrl url, std::vector<std::string> refspecs);
  Task<void> check_size(std::filesystem::path mirror);

  CommandRunner& runner_;
  async::WorkerPool& pool_;
  const GitOptions options_;
};

/// The command of one invocation of git: `network` says over what it may reach out, nothing for
/// none at all.
process::Command git_command(const GitOptions& options, std::optional<GitUrl::Transport> network,
                             std::vector<std::string> arguments);

}  // namespace sovereign::core
