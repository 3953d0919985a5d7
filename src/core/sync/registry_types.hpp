// Registries as the API shows and takes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/sync/registry_entry.hpp"
#include "json/table.hpp"

namespace sovereign::core {

/// Body of addRegistry.
struct NewRegistry {
  std::string name;
  std::string url;
  std::optional<std::string> ref;
  bool allow_file = false;
};

struct RegistryView {
  std::string name;
  std::string url;
  std::string ref;
  bool allow_file = false;
  std::string title;
  std::int64_t entries = 0;
  base::Timestamp added_at{};
  std::optional<base::Timestamp> synced_at;
  std::string commit;
  std::string last_error;
  bool is_syncing = false;
};

struct RegistryList {
  std::vector<RegistryView> registries;
};

/// What a sync brought.
struct SyncResult {
  std::string registry;
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;
  std::int64_t entries = 0;
  std::vector<EntryProblem> invalid;  ///< The first 200.
  std::int64_t invalid_count = 0;
  std::string commit;
  std::string previous_commit;
  std::int64_t duration_ms = 0;
};

/// One registry of a sync of all.
struct SyncOutcome {
  std::string registry;
  std::optional<SyncResult> result;
  std::optional<std::string> code;  ///< Of the failure.
  std::optional<std::string> detail;
};

struct SyncOutcomes {
  std::vector<SyncOutcome> registries;
};

}  // namespace sovereign::core

namespace sovereign::json {

template <>
struct Table<core::NewRegistry> {
  using T = core::NewRegistry;
  static constexpr std::string_view name = "NewRegistry";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("name", &T::name,
            {.description = "1 to 64 of a-z 0-9 _ -, starting and ending with a letter or digit.",
             .example = R"("community")",
             .min_length = 1,
             .max_length = 64}),
      field("url", &T::url,
            {.description = "https://, ssh:// or user@host:path; file:///path and /path with "
                            "allow_file. Passwords in it are dropped.",
             .example = R"("https://example.org/agents/registry.git")",
             .min_length = 1,
             .max_length = 2048}),
      field("ref", &T::ref,
            {.description = "A branch or tag; when left out the repository's own HEAD.",
             .example = R"("main")",
             .max_length = 255}),
      field("allow_file", &T::allow_file,
            {.description = "Lets the registry, and the agents it lists, lie on this machine.",
             .optional = true}),
  };
};

template <>
struct Table<core::RegistryView> {
  using T = core::RegistryView;
  static constexpr std::string_view name = "Registry";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name),
      field("url", &T::url),
      field("ref", &T::ref),
      field("allow_file", &T::allow_file),
      field("title", &T::title, {.description = "As the registry calls itself; may be empty."}),
      field("entries", &T::entries, {.description = "Agents it lists."}),
      field("added_at", &T::added_at),
      field("synced_at", &T::synced_at, {.description = "Left out before the first sync."}),
      field("commit", &T::commit, {.description = "What the entries were read from, or empty."}),
      field("last_error", &T::last_error, {.description = "Why the last sync failed, or empty."}),
      field("is_syncing", &T::is_syncing),
  };
};

template <>
struct Table<core::RegistryList> {
  using T = core::RegistryList;
  static constexpr std::string_view name = "RegistryList";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("registries", &T::registries,
            {.description = "In the order they were added: the first that lists an agent is the "
                            "one it comes from."}),
  };
};

template <>
struct Table<core::EntryProblem> {
  using T = core::EntryProblem;
  static constexpr std::string_view name = "RegistryEntryProblem";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("file", &T::file, {.example = R"("agents/com.example.hello.json")"}),
      field("code", &T::code, {.example = R"("missing_field")"}),
      field("detail", &T::detail),
  };
};

template <>
struct Table<core::SyncResult> {
  using T = core::SyncResult;
  static constexpr std::string_view name = "RegistrySyncResult";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("registry", &T::registry),
      field("added", &T::added),
      field("changed", &T::changed),
      field("removed", &T::removed),
      field("entries", &T::entries, {.description = "Agents the registry lists now."}),
      field("invalid", &T::invalid, {.description = "What was left out, and why: the first 200."}),
      field("invalid_count", &T::invalid_count),
      field("commit", &T::commit),
      field("previous_commit", &T::previous_commit),
      field("duration_ms", &T::duration_ms),
  };
};

template <>
struct Table<core::SyncOutcome> {
  using T = core::SyncOutcome;
  static constexpr std::string_view name = "RegistrySyncOutcome";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("registry", &T::registry),
      field("result", &T::result, {.description = "Left out when it failed."}),
      field("code", &T::code, {.description = "Why it failed: a stable code."}),
      field("detail", &T::detail, {.description = "Why it failed: a sentence."}),
  };
};

template <>
struct Table<core::SyncOutcomes> {
  using T = core::SyncOutcomes;
  static constexpr std::string_view name = "RegistrySyncOutcomes";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("registries", &T::registries)};
};

}  // namespace sovereign::json
