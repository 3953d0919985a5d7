#include "core/install/tree_fetcher.hpp"

#include <fmt/format.h>

#include <memory>
#include <system_error>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/errors.hpp"
#include "core/install/tree_snapshot.hpp"
#include "core/install/tree_writer.hpp"
#include "core/manifest/file.hpp"

namespace sovereign::core {
namespace {

constexpr std::uint64_t kBatchBytes = 8ULL << 20;
constexpr std::size_t kBatchFiles = 2000;

/// From the files left to write, as many as fit into memory at once.
std::vector<TreeEntry> take_batch(const std::vector<TreeEntry>& files, std::size_t& next) {
  std::vector<TreeEntry> batch;
  std::uint64_t bytes = 0;
  while (next < files.size() && batch.size() < kBatchFiles) {
    bytes += files[next].size;
    if (!batch.empty() && bytes > kBatchBytes) break;
    batch.push_back(files[next++]);
  }
  return batch;
}

Result<void> write_batch(TreeWriter& writer, const std::vector<TreeEntry>& batch,
                         const std::vector<std::string>& blobs) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto mode =
        batch[i].kind == TreeEntry::Kind::executable ? FileMode::executable : FileMode::plain;
    if (auto written = writer.write(batch[i].path, blobs[i], mode); !written) return written;
  }
  return {};
}

/// What a person should know of a commit that can be installed nevertheless.
std::vector<std::string> doubts(const TreeSource& source, const InstalledTree& tree) {
  std::vector<std::string> warnings;
  if (!source.expected_manifest_hash.empty() &&
      source.expected_manifest_hash != tree.manifest_hash) {
    warnings.push_back(
        fmt::format("The manifest is not the one the registry lists: expected {}, "
                    "found {}.",
                    source.expected_manifest_hash, tree.manifest_hash));
  }
  if (source.expected_commit && source.expected_commit->text() != tree.commit()) {
    warnings.push_back(
        fmt::format("The commit is not the one the registry lists: expected {}, "
                    "found {}.",
                    source.expected_commit->text(), tree.commit()));
  }
  return warnings;
}

/// Reads and checks the manifest of an exported tree, and hashes its files.
Result<FetchedTree> inspect(const TreeSource& source, InstalledTree tree,
                            const std::filesystem::path& folder) {
  const auto bytes = read_manifest_file(folder, source.manifest_path);
  if (!bytes) return Failure(bytes.error());
  auto manifest = read_manifest(*bytes, IdRule::strict);
  if (!manifest.id) return refuse(manifest);
  if (*manifest.id != source.agent) {
    return fail(CoreCode::install_id_mismatch,
                fmt::format("The repository holds the agent {}, not {}.", manifest.id->text(),
                            source.agent.text()));
  }
  const auto snapshot = take_snapshot(folder, folder_of(source.manifest_path), TreePart::sources);
  if (!snapshot) return Failure(snapshot.error());
  tree.manifest_hash = manifest.hash;
  tree.source_hash = digest_of(*snapshot);
  auto warnings = doubts(source, tree);
  tree.warnings.insert(tree.warnings.end(), warnings.begin(), warnings.end());
  return FetchedTree{std::move(tree), std::move(manifest)};
}

Result<void> give_name(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::remove_all(to, error);
  if (!error) std::filesystem::rename(from, to, error);
  if (!error) return {};
  return base::fail(ErrorCode::unavailable, "The agent's folder could not be put in its place.",
                    error.message());
}

}  // namespace

std::filesystem::path unfinished_tree(const Home& home, const AgentId& agent) {
  return home.agent(agent) / "trees" / ".unfinished";
}

Task<CommitId> TreeFetcher::fetch(TreeSource source) {
  return git_.fetch(home_.mirror(source.agent), std::move(source.url), std::move(source.ref));
}

Task<void> TreeFetcher::discard(std::filesystem::path folder) {
  auto remove = [folder = std::move(folder)]() -> Result<void> {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return {};
  };
  auto task = async::run_blocking(pool_, std::move(remove));
  const auto removed = co_await std::move(task);
  co_return removed;
}

Task<void> TreeFetcher::write_files(std::filesystem::path mirror, std::filesystem::path folder,
                                    std::vector<TreeEntry> files) {
  auto make = [folder]() -> Result<std::shared_ptr<TreeWriter>> {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    for (const auto& outer : {folder.parent_path().parent_path(), folder.parent_path()}) {
      if (auto made = prepare_private_folder(outer); !made) return Failure(made.error());
    }
    auto writer = TreeWriter::make(folder);
    if (!writer) return Failure(std::move(writer.error()));
    return std::make_shared<TreeWriter>(std::move(*writer));
  };
  auto making = async::run_blocking(pool_, std::move(make));
  const auto writer = co_await std::move(making);
  if (!writer) co_return Failure(writer.error());
  for (std::size_t next = 0; next < files.size();) {
    auto batch = take_batch(files, next);
    auto reading = git_.read(mirror, batch);
    auto blobs = co_await std::move(reading);
    if (!blobs) co_return Failure(blobs.error());
    auto write = [writer = *writer, batch = std::move(batch), blobs = std::move(*blobs)] {
      return write_batch(*writer, batch, blobs);
    };
    auto writing = async::run_blocking(pool_, std::move(write));
    const auto written = co_await std::move(writing);
    if (!written) co_return Failure(written.error());
  }
  auto finish = [writer = *writer] { return writer->finish(); };
  auto finishing = async::run_blocking(pool_, std::move(finish));
  const auto finished = co_await std::move(finishing);
  co_return finished;
}

Task<FetchedTree> TreeFetcher::check(TreeSource source, InstalledTree tree,
                                     std::filesystem::path folder) {
  auto job = [source = std::move(source), tree = std::move(tree),
              folder = std::move(folder)]() -> Result<FetchedTree> {
    auto fetched = inspect(source, tree, folder);
    if (!fetched) return fetched;
    if (auto named = give_name(folder, tree.path); !named) return Failure(named.error());
    return fetched;
  };
  auto task = async::run_blocking(pool_, std::move(job));
  auto fetched = co_await std::move(task);
  co_return fetched;
}

Task<FetchedTree> TreeFetcher::export_commit(TreeSource source, CommitId commit,
                                             Progress progress) {
  const auto mirror = home_.mirror(source.agent);
  progress("reading");
  auto listing = git_.list(mirror, commit, ListingScope::everything);
  auto listed = co_await std::move(listing);
  if (!listed) co_return Failure(listed.error());
  auto plan = plan_export(std::move(listed->entries), folder_of(source.manifest_path), limits_);
  if (!plan) co_return Failure(plan.error());

  progress("writing");
  const auto folder = unfinished_tree(home_, source.agent);
  auto writing = write_files(mirror, folder, std::move(plan->files));
  const auto written = co_await std::move(writing);
  if (!written) {
    auto discarding = discard(folder);
    [[maybe_unused]] const auto discarded = co_await std::move(discarding);
    co_return Failure(written.error());
  }
  progress("checking");
  InstalledTree tree{.agent = source.agent,
                     .provenance = {.git_url = source.url.text(),
                                    .git_ref = source.ref.text(),
                                    .git_commit = commit.text(),
                                    .git_tree = listed->tree,
                                    .registry = source.registry,
                                    .registry_commit = source.registry_commit,
                                    .expected_manifest_hash = source.expected_manifest_hash},
                     .path = home_.tree(source.agent, commit.text()).string(),
                     .manifest_path = source.manifest_path,
                     .warnings = std::move(plan->warnings)};
  auto checking = check(std::move(source), std::move(tree), folder);
  auto fetched = co_await std::move(checking);
  if (!fetched) {
    auto discarding = discard(folder);
    [[maybe_unused]] const auto discarded = co_await std::move(discarding);
    co_return Failure(std::move(fetched.error()));
  }
  co_return std::move(*fetched);
}

}  // namespace sovereign::core
