#include "core/discovery/reconcile.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sovereign::core {
namespace {

bool is_below(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (root == "/" || path.substr(root.size()).starts_with('/'));
}

class Reconciler {
 public:
  Reconciler(const Walk& walk, const Records& known) : walk_(walk), known_(known) {
    for (const auto& record : known) by_id_.emplace(record->id, record);
    for (const auto& manifest : walk.manifests) {
      if (manifest.reading.id) groups_[*manifest.reading.id].push_back(&manifest);
      if (!manifest.reading.id) note_problem(manifest);
    }
    for (const auto& problem : walk.problems) {
      broken_.try_emplace(problem.path, "", ManifestProblem{"", problem.code, problem.message});
    }
  }

  Reconciliation run() {
    for (const auto& [id, found] : groups_) settle(id, found);
    for (const auto& record : known_) settle_absent(*record);
    return std::move(result_);
  }

 private:
  void note_problem(const FoundManifest& manifest) {
    const auto& problems = manifest.reading.problems;
    const auto error =
        std::ranges::find(problems, ProblemSeverity::error, &ManifestProblem::severity);
    if (error == problems.end()) return;
    result_.problems.push_back({manifest.path, error->code, error->message});
    broken_.try_emplace(manifest.path, manifest.reading.hash, *error);
  }

  void settle(const AgentId& id, const std::vector<const FoundManifest*>& found) {
    const auto known = by_id_.find(id);
    const auto before = known == by_id_.end() ? nullptr : known->second;
    const bool is_installed = before && before->origin == Origin::installed;
    const auto* holder = is_installed ? nullptr : holder_of(before.get(), found);
    if (holder != nullptr) update(before, *holder);
    for (const auto* manifest : found) {
      if (manifest != holder) shadow(id, before.get(), *manifest);
    }
  }

  static const FoundManifest* holder_of(const AgentRecord* before,
                                        const std::vector<const FoundManifest*>& found) {
    if (before != nullptr) {
      const auto same = std::ranges::find_if(
          found, [&](const auto* manifest) { return manifest->path == before->manifest_path; });
      if (same != found.end()) return *same;
    }
    return found.front();
  }

  void update(const std::shared_ptr<const AgentRecord>& before, const FoundManifest& found) {
    if (!before || before->manifest_path.empty()) {
      result_.updates.push_back({LocalChange::added, &found, before});
    } else if (before->manifest_path != found.path) {
      // The folder that held it may only not have been reached.
      if (walk_.is_partial || !was_walked(before->manifest_path)) {
        return shadow(before->id, before.get(), found);
      }
      result_.updates.push_back({LocalChange::moved, &found, before});
    } else if (before->manifest_hash != found.reading.hash) {
      result_.updates.push_back({LocalChange::changed, &found, before});
    } else {
      ++result_.unchanged;
      const auto git = found.git.value_or(GitMetadata());
      const auto& provenance = before->provenance;
      if (git.commit != provenance.git_commit || git.ref != provenance.git_ref) {
        result_.updates.push_back({LocalChange::noted, &found, before});
      }
    }
  }

  void shadow(const AgentId& id, const AgentRecord* before, const FoundManifest& found) {
    ShadowedCopy copy{found.path, found.reading.hash};
    shadows_.insert(found.path);
    if (before != nullptr && std::ranges::find(before->shadowed, copy) != before->shadowed.end()) {
      return;
    }
    result_.shadowed.push_back({id, std::move(copy)});
  }

  /// Whether the walk would have found a manifest there: a root that could not be walked says
  /// nothing, and a folder below no root any more counts as gone.
  bool was_walked(std::string_view path) const {
    if (walk_.is_partial) return false;
    const auto has = [path](const std::string& root) { return is_below(path, root); };
    if (std::ranges::any_of(walk_.roots, has)) return true;
    return std::ranges::none_of(walk_.problems, [path](const WalkProblem& problem) {
      return problem.code == "invalid_root" && is_below(path, problem.path);
    });
  }

  void settle_absent(const AgentRecord& record) {
    for (const auto& copy : record.shadowed) {
      if (shadows_.contains(copy.manifest_path) || !was_walked(copy.manifest_path)) continue;
      result_.unshadowed.push_back({record.id, copy});
    }
    const bool is_local = record.origin == Origin::local_dev && !record.manifest_path.empty();
    if (!is_local || groups_.contains(record.id) || !was_walked(record.manifest_path)) return;
    const auto broken = broken_.find(record.manifest_path);
    if (broken == broken_.end()) return result_.missing.push_back(record.id);
    const auto& [hash, problem] = broken->second;
    const bool is_known = record.manifest_hash == hash && record.problems == std::vector{problem};
    if (!is_known) result_.broken.push_back({record.id, hash, problem});
  }

  const Walk& walk_;
  const Records& known_;
  std::map<AgentId, std::shared_ptr<const AgentRecord>> by_id_;
  std::map<AgentId, std::vector<const FoundManifest*>> groups_;
  std::map<std::string, std::pair<std::string, ManifestProblem>> broken_;
  std::set<std::string> shadows_;
  Reconciliation result_;
};

}  // namespace

Reconciliation reconcile(const Walk& walk, const Records& known) {
  return Reconciler(walk, known).run();
}

}  // namespace sovereign::core
