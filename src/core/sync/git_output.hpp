// What git prints, read as data. Pure: the bytes come from repositories of strangers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/sync/git_source.hpp"

namespace sovereign::core {

/// One entry of a tree, as git lists it.
struct TreeEntry {
  enum class Kind : std::uint8_t { file, executable, symlink, submodule, other };
  Kind kind = Kind::other;
  std::string object;      ///< 40 hex digits.
  std::uint64_t size = 0;  ///< Bytes; 0 for submodules.
  std::string path;        ///< From the root, any bytes but NUL.

  bool operator==(const TreeEntry&) const = default;
};

/// Of `git ls-tree -z -l`. nullopt when it is not that.
std::optional<std::vector<TreeEntry>> read_listing(std::string_view output);

/// Of `git cat-file --batch`, for `objects`, in their order. nullopt when an object is missing, no
/// blob, or the output ends early.
std::optional<std::vector<std::string>> read_batch(std::string_view output,
                                                   const std::vector<std::string>& objects);

/// A ref by its full name (or HEAD) and the commit it means.
struct RemoteRef {
  std::string name;
  CommitId commit;
};

/// Of `git ls-remote`: what `ref` means. A tag goes before a branch of the same name.
std::optional<RemoteRef> find_remote_ref(std::string_view output, const GitRef& ref);

}  // namespace sovereign::core
