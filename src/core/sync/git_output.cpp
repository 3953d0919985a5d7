#include "core/sync/git_output.hpp"

#include <charconv>

#include "core/sync/git_source.hpp"

namespace sovereign::core {
namespace {

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

TreeEntry::Kind kind_of_mode(std::string_view mode) {
  if (mode == "100644" || mode == "100664") return TreeEntry::Kind::file;
  if (mode == "100755") return TreeEntry::Kind::executable;
  if (mode == "120000") return TreeEntry::Kind::symlink;
  if (mode == "160000") return TreeEntry::Kind::submodule;
  return TreeEntry::Kind::other;
}

/// The text up to `end`, which is removed together with it; nullopt when there is none.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

/// "100644 blob <id>   <size>\t<path>"
std::optional<TreeEntry> read_entry(std::string_view line) {
  const auto mode = take_until(line, ' ');
  const auto type = take_until(line, ' ');
  const auto object = take_until(line, ' ');
  auto size = take_until(line, '\t');
  if (!mode || !type || !object || !size || line.empty()) return std::nullopt;
  if (!CommitId::parse(*object)) return std::nullopt;
  while (size->starts_with(' ')) size->remove_prefix(1);
  TreeEntry entry{.kind = kind_of_mode(*mode),
                  .object = std::string(*object),
                  .size = 0,
                  .path = std::string(line)};
  if (*size == "-") return entry;
  const auto bytes = read_number(*size);
  if (!bytes) return std::nullopt;
  entry.size = *bytes;
  return entry;
}

}  // namespace

std::optional<std::vector<TreeEntry>> read_listing(std::string_view output) {
  std::vector<TreeEntry> entries;
  while (!output.empty()) {
    const auto line = take_until(output, '\0');
    if (!line) return std::nullopt;
    auto entry = read_entry(*line);
    if (!entry) return std::nullopt;
    entries.push_back(std::move(*entry));
  }
  return entries;
}

std::optional<std::vector<std::string>> read_batch(std::string_view output,
                                                   const std::vector<std::string>& objects) {
  std::vector<std::string> blobs;
  blobs.reserve(objects.size());
  for (const auto& object : objects) {
    auto header = take_until(output, '\n');
    if (!header) return std::nullopt;
    const auto id = take_until(*header, ' ');
    const auto type = take_until(*header, ' ');
    if (!id || *id != object || !type || *type != "blob") return std::nullopt;
    const auto size = read_number(*header);
    if (!size || output.size() <= *size || output[*size] != '\n') return std::nullopt;
    blobs.emplace_back(output.substr(0, *size));
    output.remove_prefix(*size + 1);
  }
  if (!output.empty()) return std::nullopt;
  return blobs;
}

std::optional<RemoteRef> find_remote_ref(std::string_view output, const GitRef& ref) {
  const auto& name = ref.text();
  const std::string candidates[] = {name, "refs/tags/" + name, "refs/heads/" + name};
  std::optional<RemoteRef> found;
  std::size_t rank = std::size(candidates);
  while (const auto line = take_until(output, '\n')) {
    const auto tab = line->find('\t');
    if (tab == std::string_view::npos) continue;
    auto listed = line->substr(tab + 1);
    const bool is_peeled = listed.ends_with("^{}");
    if (is_peeled) listed.remove_suffix(3);
    const auto commit = CommitId::parse(line->substr(0, tab));
    if (!commit) continue;
    for (std::size_t i = 0; i < std::size(candidates); ++i) {
      // The peeled line of a tag follows the tag's own and says which commit it means.
      const bool is_better = i < rank || (i == rank && is_peeled);
      if (listed != candidates[i] || !is_better) continue;
      // "main" alone is a name only for HEAD and full names: others could be anything.
      if (i == 0 && name != "HEAD" && !name.starts_with("refs/")) continue;
      found = RemoteRef{candidates[i], *commit};
      rank = i;
    }
  }
  return found;
}

}  // namespace sovereign::core
