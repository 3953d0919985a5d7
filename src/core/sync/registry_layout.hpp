// What a registry's repository holds: agents/<id>.json, one entry a file, or index.json, an array
// of entries, and registry.json, which says what registry it is. Pure: which blobs are wanted is
// decided from the listing, what they say from their bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/sync/git_output.hpp"
#include "core/sync/registry_entry.hpp"

namespace sovereign::core {

struct RegistryLimits {
  std::size_t entries = 10'000;
  std::uint64_t index_bytes = 8ULL << 20;
  std::uint64_t total_bytes = 64ULL << 20;  ///< Of all entries together.
};

/// The blobs to read, and what was left out already.
struct ReadingPlan {
  std::vector<TreeEntry> blobs;
  std::vector<EntryProblem> invalid;
};

/// Takes regular files only: links, submodules and executables are left out with a problem, files
/// of other names silently. Errors: `registry.sync_failed` when the registry is over its limits.
Result<ReadingPlan> plan_reading(std::vector<TreeEntry> listing, const RegistryLimits& limits);

struct ListedEntry {
  RegistryEntry entry;
  std::string text;  ///< As compact JSON: what is stored and compared.
};

struct RegistryContents {
  std::string title;  ///< As registry.json names it; may be empty.
  std::map<AgentId, ListedEntry> entries;
  std::vector<EntryProblem> invalid;
};

/// Reads the plan's blobs, given one after another in the plan's order. The first entry of an id
/// counts.
class RegistryReader {
 public:
  RegistryReader(LocalRepositories local, const RegistryLimits& limits)
      : local_(local), limits_(limits) {}

  /// Errors: `registry.sync_failed` when registry.json is of a version that is not known.
  Result<void> read(const std::string& file, std::string_view bytes);
  RegistryContents take() { return std::move(contents_); }

 private:
  Result<void> read_description(std::string_view bytes);
  void read_index(std::string_view bytes);
  void read_entry(const std::string& file, std::string_view bytes);
  void add(const std::string& file, EntryResult<RegistryEntry> entry, std::string text);

  const LocalRepositories local_;
  const RegistryLimits& limits_;
  RegistryContents contents_;
};

}  // namespace sovereign::core
