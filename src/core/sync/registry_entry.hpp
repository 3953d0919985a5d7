// One agent as a registry lists it: a JSON object of a stranger, read strictly. Everything in it is
// information for people; what counts is the manifest that is fetched. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/sync/git_source.hpp"
#include "json/parse.hpp"

namespace sovereign::core {

inline constexpr std::size_t kEntryBytes = 65'536;

struct RegistryEntry {
  AgentId id;
  GitUrl url;
  GitRef ref;
  std::string manifest_path;  ///< Relative to the repository's root, with neither ".." nor a link.

  std::string name;                   ///< Never empty: the id when the entry has none.
  std::string summary;                ///< May be empty.
  std::vector<std::string> keywords;  ///< Of the entry and its display tags, each once.
  std::vector<std::string> integration_points;

  /// What the registry's people saw: 64 hex digits, or empty. Another one at install is a warning.
  std::string expected_manifest_hash;
  std::optional<CommitId> expected_commit;

  std::string publisher;
  /// 0 unverified, 1 the publisher is named, 2 reviewed, 3 signed, 4 attested. A signature that
  /// nobody checked counts as none: such a level is 1 at most.
  int verification_level = 0;
  bool has_signature = false;
  std::optional<double> trust_score;  ///< 0 to 100.
  bool is_deprecated = false;
  std::string replacement_id;
};

/// Why something a registry holds is left out.
struct EntryProblem {
  std::string file;    ///< In the registry: "agents/com.example.hello.json", "index.json#3".
  std::string code;    ///< too_large, not_json, missing_field, invalid_field, id_mismatch ...
  std::string detail;  ///< One sentence; holds nothing of the entry but names of members.

  bool operator==(const EntryProblem&) const = default;
};

template <typename T>
using EntryResult = std::expected<T, EntryProblem>;

/// Reads one entry; `file` names it in problems.
EntryResult<RegistryEntry> read_registry_entry(std::string_view file, std::string_view text,
                                               LocalRepositories local);
EntryResult<RegistryEntry> read_registry_entry(std::string_view file, const json::Value& document,
                                               LocalRepositories local);

/// A path below a folder: 1 to 512 bytes, no empty, "." or ".." segment, no backslash, no control
/// characters, not absolute.
bool is_relative_path(std::string_view path);

}  // namespace sovereign::core
