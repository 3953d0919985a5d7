#include "core/install/install_parts.hpp"

#include <system_error>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/catalog/changes.hpp"
#include "core/manifest/file.hpp"

namespace sovereign::core {
namespace {

Result<ManifestReading> read_from(const std::filesystem::path& folder, std::string_view path,
                                  IdRule rule) {
  const auto bytes = read_manifest_file(folder, path);
  if (!bytes) return Failure(bytes.error());
  return read_manifest(*bytes, rule);
}

}  // namespace

AuditEvent agent_event(std::string_view type, const AgentId& agent, const Requester& requester) {
  AuditEvent event{.type = type, .actor = requester.actor};
  event.subject_type = "agent";
  event.subject_id = agent.text();
  event.correlation_id = requester.correlation_id;
  return event;
}

AuditEvent agent_failure(std::string_view type, const AgentId& agent, const Requester& requester,
                         const Error& error) {
  auto event = agent_event(type, agent, requester);
  event.severity = Severity::error;
  const auto code = error.name.empty() ? base::to_string(error.code) : error.name;
  event.metadata["error"] = {{"code", code}, {"message", error.detail}};
  return event;
}

json::Object describe(const InstalledTree& tree) {
  json::Array warnings(tree.warnings.begin(), tree.warnings.end());
  return {{"git_url", tree.provenance.git_url},
          {"ref", tree.provenance.git_ref},
          {"commit", tree.commit()},
          {"tree", tree.provenance.git_tree},
          {"registry", tree.provenance.registry},
          {"registry_commit", tree.provenance.registry_commit},
          {"manifest_hash", tree.manifest_hash},
          {"expected_manifest_hash", tree.provenance.expected_manifest_hash},
          {"dest_dir", tree.path},
          {"warnings", std::move(warnings)}};
}

Task<void> commit_change(Catalog& catalog, AgentId agent, sql::Write write) {
  auto task = catalog.commit(std::move(agent), std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  if (!*written) {
    co_return fail(CoreCode::internal_error, "The change was refused by the database.",
                   "call " + std::to_string(written->error().call));
  }
  co_return Result<void>{};
}

Task<ManifestReading> read_manifest_of(async::WorkerPool& pool, InstalledTree tree) {
  auto read = [tree = std::move(tree)]() -> Result<ManifestReading> {
    auto manifest = read_from(tree.path, tree.manifest_path, IdRule::strict);
    if (manifest && manifest->hash != tree.manifest_hash) {
      return fail(CoreCode::install_invalid_tree,
                  "The installed manifest was changed since it was fetched.");
    }
    return manifest;
  };
  auto task = async::run_blocking(pool, std::move(read));
  auto manifest = co_await std::move(task);
  co_return manifest;
}

Task<ManifestReading> read_manifest_of(async::WorkerPool& pool, const AgentRecord& linked) {
  auto read = [path = std::filesystem::path(linked.manifest_path)] {
    return read_from(path.parent_path(), path.filename().string(), IdRule::development);
  };
  auto task = async::run_blocking(pool, std::move(read));
  auto manifest = co_await std::move(task);
  co_return manifest;
}

Task<void> remove_folders(async::WorkerPool& pool, std::vector<std::filesystem::path> folders) {
  auto remove = [folders = std::move(folders)]() -> Result<void> {
    for (const auto& folder : folders) {
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
    }
    return {};
  };
  auto task = async::run_blocking(pool, std::move(remove));
  const auto removed = co_await std::move(task);
  co_return removed;
}

std::vector<sql::Call> make_current(const InstalledTree& tree, const ManifestReading& manifest,
                                    base::Timestamp now) {
  const auto folder = tree.project_folder();
  const InstalledAgent agent{.id = tree.agent,
                             .manifest = manifest,
                             .manifest_path = tree.path + "/" + tree.manifest_path,
                             .install_path = folder,
                             .provenance = tree.provenance};
  auto calls = set_installed(agent, now);
  if (tree.build != BuildState::not_built) {
    calls.push_back(set_build(tree.agent, tree.build, tree.built_at));
  }
  return calls;
}

ManifestPin pin_of(const InstalledTree& tree, const ManifestReading& manifest) {
  return {.manifest_hash = tree.manifest_hash,
          .permissions_hash = manifest.permissions_hash,
          .commit = tree.commit(),
          .folder = {}};
}

}  // namespace sovereign::core
