#include "core/sync/registry_layout.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kFolder = "agents/";
constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kIndex = "index.json";
constexpr std::string_view kDescription = "registry.json";

/// The id that the name of an entry's file promises.
std::string_view stem_of(std::string_view file) {
  return file.substr(kFolder.size(), file.size() - kFolder.size() - kSuffix.size());
}

bool is_entry_file(std::string_view path) {
  return path.starts_with(kFolder) && path.ends_with(kSuffix) &&
         path.size() > kFolder.size() + kSuffix.size() &&
         path.find('/', kFolder.size()) == std::string_view::npos;
}

/// `path` as it may be shown: names in a repository are any bytes.
std::string shown(std::string_view path) {
  std::string text;
  for (const char c : path.substr(0, 200)) text += c > ' ' && c < '\x7f' ? c : '?';
  return text;
}

std::optional<EntryProblem> problem_of(const TreeEntry& file, const RegistryLimits& limits) {
  if (file.kind == TreeEntry::Kind::symlink || file.kind == TreeEntry::Kind::submodule) {
    return EntryProblem{shown(file.path), "not_a_file",
                        "Symbolic links and submodules are left out."};
  }
  if (file.kind != TreeEntry::Kind::file) {
    return EntryProblem{shown(file.path), "not_a_file", "An entry is a regular file, mode 644."};
  }
  const auto limit = file.path == kIndex ? limits.index_bytes : kEntryBytes;
  if (file.size > limit) {
    return EntryProblem{shown(file.path), "too_large",
                        fmt::format("This file may have at most {} KiB.", limit >> 10)};
  }
  if (is_entry_file(file.path) && !AgentId::parse(stem_of(file.path))) {
    return EntryProblem{shown(file.path), "invalid_name",
                        "The file of an entry is named by the agent's id."};
  }
  return std::nullopt;
}

}  // namespace

Result<ReadingPlan> plan_reading(std::vector<TreeEntry> listing, const RegistryLimits& limits) {
  ReadingPlan plan;
  std::uint64_t bytes = 0;
  for (auto& file : listing) {
    const bool is_ours =
        is_entry_file(file.path) || file.path == kIndex || file.path == kDescription;
    if (!is_ours) continue;
    if (auto problem = problem_of(file, limits)) {
      plan.invalid.push_back(std::move(*problem));
      continue;
    }
    bytes += file.size;
    plan.blobs.push_back(std::move(file));
  }
  constexpr std::size_t kOtherFiles = 2;
  if (plan.blobs.size() + plan.invalid.size() > limits.entries + kOtherFiles ||
      bytes > limits.total_bytes) {
    return fail(CoreCode::registry_sync_failed,
                fmt::format("The registry is too large: it may have {} entries and {} MiB.",
                            limits.entries, limits.total_bytes >> 20));
  }
  return plan;
}

Result<void> RegistryReader::read(const std::string& file, std::string_view bytes) {
  if (file == kDescription) return read_description(bytes);
  if (file == kIndex) {
    read_index(bytes);
  } else {
    read_entry(file, bytes);
  }
  return {};
}

Result<void> RegistryReader::read_description(std::string_view bytes) {
  const auto document = json::parse(bytes);
  const auto* members = document ? document->if_object() : nullptr;
  if (members == nullptr) {
    contents_.invalid.push_back(
        {std::string(kDescription), "not_json", "registry.json must be a JSON object."});
    return {};
  }
  const auto* version = members->if_contains("registry_version");
  if (version != nullptr && (!version->is_int64() || version->get_int64() != 1)) {
    return fail(CoreCode::registry_sync_failed,
                "The registry is of a version that this program does not know; it knows 1.");
  }
  if (const auto* name = members->if_contains("name"); name != nullptr && name->is_string()) {
    constexpr std::size_t kMaxTitle = 200;
    contents_.title = std::string_view(name->get_string()).substr(0, kMaxTitle);
  }
  return {};
}

void RegistryReader::read_index(std::string_view bytes) {
  const auto document = json::parse(bytes);
  const auto* items = document ? document->if_array() : nullptr;
  if (items == nullptr) {
    contents_.invalid.push_back(
        {std::string(kIndex), "not_json", "index.json must be a JSON array of entries."});
    return;
  }
  if (items->size() > limits_.entries) {
    contents_.invalid.push_back({std::string(kIndex), "too_large",
                                 fmt::format("index.json may have {} entries.", limits_.entries)});
    return;
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto file = fmt::format("{}#{}", kIndex, i);
    auto text = boost::json::serialize((*items)[i]);
    if (text.size() > kEntryBytes) {
      contents_.invalid.push_back({file, "too_large", "An entry has at most 64 KiB."});
      continue;
    }
    add(file, read_registry_entry(file, (*items)[i], local_), std::move(text));
  }
}

void RegistryReader::read_entry(const std::string& file, std::string_view bytes) {
  const auto document = json::parse(bytes);
  auto entry = document ? read_registry_entry(file, *document, local_)
                        : read_registry_entry(file, bytes, local_);
  if (entry && entry->id.text() != stem_of(file)) {
    entry = std::unexpected(
        EntryProblem{file, "id_mismatch", "The file's name is not the entry's id."});
  }
  add(file, std::move(entry), document ? boost::json::serialize(*document) : std::string());
}

void RegistryReader::add(const std::string& file, EntryResult<RegistryEntry> entry,
                         std::string text) {
  if (!entry) {
    contents_.invalid.push_back(std::move(entry.error()));
    return;
  }
  const auto id = entry->id;
  const auto [at, is_new] =
      contents_.entries.try_emplace(id, ListedEntry{std::move(*entry), std::move(text)});
  if (!is_new) {
    contents_.invalid.push_back({file, "duplicate_id", "Another entry of this id came before."});
  }
}

}  // namespace sovereign::core
