#include "core/sync/registry_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.hpp"
#include "core/manifest/manifest.hpp"
#include "json/read.hpp"

namespace sovereign::core {

/// Members as they are written; what they mean is decided below.
struct DisplayDocument {
  std::string name;
  std::string summary;
  std::vector<std::string> tags;
};

struct ExpectedDocument {
  std::string manifest_hash;
  std::string source_commit;
};

struct PublisherDocument {
  std::string name;
};

struct VerificationDocument {
  std::optional<json::Value> level;
  std::optional<json::Value> signature;
};

struct EntryDocument {
  std::string id;
  std::string git_url;
  std::string default_ref;
  std::string manifest_path;
  DisplayDocument display;
  std::vector<std::string> keywords;
  std::vector<std::string> integration_points;
  ExpectedDocument expected;
  std::optional<PublisherDocument> publisher;
  VerificationDocument verification;
  std::optional<double> trust_score;
  bool deprecated = false;
  std::string replacement_id;
};

}  // namespace sovereign::core

namespace sovereign::json {

template <>
struct Table<core::DisplayDocument> {
  using T = core::DisplayDocument;
  static constexpr std::string_view name = "RegistryEntryDisplay";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, {.optional = true, .max_length = 200}),
      field("summary", &T::summary, {.optional = true, .max_length = 2000}),
      field("tags", &T::tags, {.optional = true, .min_length = 1, .max_length = 100}),
  };
};

template <>
struct Table<core::ExpectedDocument> {
  using T = core::ExpectedDocument;
  static constexpr std::string_view name = "RegistryEntryExpected";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("manifest_hash", &T::manifest_hash, {.optional = true, .max_length = 71}),
      field("source_commit", &T::source_commit, {.optional = true, .max_length = 40}),
  };
};

template <>
struct Table<core::PublisherDocument> {
  using T = core::PublisherDocument;
  static constexpr std::string_view name = "RegistryEntryPublisher";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, {.optional = true, .max_length = 200}),
  };
};

template <>
struct Table<core::VerificationDocument> {
  using T = core::VerificationDocument;
  static constexpr std::string_view name = "RegistryEntryVerification";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("level", &T::level),
      field("signature", &T::signature),
  };
};

template <>
struct Table<core::EntryDocument> {
  using T = core::EntryDocument;
  static constexpr std::string_view name = "RegistryEntry";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("id", &T::id, {.max_length = 128}),
      field("git_url", &T::git_url),
      field("default_ref", &T::default_ref, {.max_length = 255}),
      field("manifest_path", &T::manifest_path, {.optional = true, .max_length = 512}),
      field("display", &T::display, {.optional = true}),
      field("keywords", &T::keywords, {.optional = true, .min_length = 1, .max_length = 100}),
      field("integration_points", &T::integration_points,
            {.optional = true, .min_length = 1, .max_length = 100}),
      field("expected", &T::expected, {.optional = true}),
      field("publisher", &T::publisher),
      field("verification", &T::verification, {.optional = true}),
      field("trust_score", &T::trust_score, {.minimum = 0, .maximum = 100}),
      field("deprecated", &T::deprecated, {.optional = true}),
      field("replacement_id", &T::replacement_id, {.optional = true, .max_length = 128}),
  };
};

}  // namespace sovereign::json

namespace sovereign::core {
namespace {

constexpr int kPublisherNamed = 1;
constexpr int kSigned = 3;

/// Collects what a check needs to name its problem.
struct Problems {
  std::string_view file;

  std::unexpected<EntryProblem> operator()(std::string_view code, std::string detail) const {
    return std::unexpected(EntryProblem{std::string(file), std::string(code), std::move(detail)});
  }
};

/// The level a registry claims, in both spellings in use; nullopt for anything else.
std::optional<int> read_level(const json::Value& level) {
  if (const auto* text = level.if_string()) {
    constexpr std::pair<std::string_view, int> kNames[] = {
        {"unverified", 0}, {"verified", 2}, {"audited", 3}, {"certified", 4}};
    for (const auto& [name, value] : kNames) {
      if (*text == name) return value;
    }
    return std::nullopt;
  }
  const auto* number = level.if_int64();
  if (number == nullptr || *number < 0 || *number > 4) return std::nullopt;
  return static_cast<int>(*number);
}

/// "sha256:<hex>" or plain hex, as 64 lower-case hex digits.
std::optional<std::string> read_hash(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  auto hash = base::to_lower_ascii(text);
  if (hash.size() != 64 || !base::from_hex(hash)) return std::nullopt;
  return hash;
}

EntryResult<EntryDocument> read_document(const json::Value& document, const Problems& problem) {
  json::Reader reader;
  EntryDocument entry;
  json::read_into(reader, document, {}, entry);
  if (reader.errors().empty()) return entry;
  const auto& first = reader.errors().front();
  return problem(first.code == "required" ? "missing_field" : "invalid_field",
                 fmt::format("{}: {}", first.pointer, first.message));
}

EntryResult<void> read_expected(const ExpectedDocument& expected, RegistryEntry& entry,
                                const Problems& problem) {
  if (!expected.manifest_hash.empty()) {
    auto hash = read_hash(expected.manifest_hash);
    if (!hash) return problem("invalid_field", "/expected/manifest_hash: This must be a SHA-256.");
    entry.expected_manifest_hash = std::move(*hash);
  }
  if (!expected.source_commit.empty()) {
    entry.expected_commit = CommitId::parse(expected.source_commit);
    if (!entry.expected_commit) {
      return problem("invalid_field", "/expected/source_commit: This must be a commit.");
    }
  }
  return {};
}

EntryResult<void> read_trust(const EntryDocument& document, RegistryEntry& entry,
                             const Problems& problem) {
  if (document.publisher) {
    entry.publisher = document.publisher->name;
    entry.verification_level = kPublisherNamed;
  }
  entry.has_signature = document.verification.signature.has_value();
  if (document.verification.level) {
    const auto level = read_level(*document.verification.level);
    if (!level) return problem("invalid_field", "/verification/level: This level is not known.");
    // "Reviewed" is the registry's word. Signatures are not checked yet, so what they would prove
    // is not shown as proved.
    const int shown = *level >= kSigned && entry.has_signature ? kPublisherNamed : *level;
    entry.verification_level = *level == 0 ? 0 : std::max(entry.verification_level, shown);
  }
  entry.trust_score = document.trust_score;
  entry.is_deprecated = document.deprecated;
  if (!document.replacement_id.empty() && !AgentId::parse(document.replacement_id)) {
    return problem("invalid_field", "/replacement_id: This must be the id of an agent.");
  }
  entry.replacement_id = document.replacement_id;
  return {};
}

std::vector<std::string> joined(std::vector<std::string> first, std::vector<std::string> second) {
  for (auto& word : second) {
    if (std::ranges::find(first, word) == first.end()) first.push_back(std::move(word));
  }
  return first;
}

}  // namespace

bool is_relative_path(std::string_view path) {
  constexpr std::size_t kMaxBytes = 512;
  if (path.empty() || path.size() > kMaxBytes || !base::is_utf8(path)) return false;
  const auto is_bad = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f' || c == '\\'; };
  if (std::ranges::any_of(path, is_bad)) return false;
  while (true) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

EntryResult<RegistryEntry> read_registry_entry(std::string_view file, const json::Value& document,
                                               LocalRepositories local) {
  const Problems problem{file};
  auto members = read_document(document, problem);
  if (!members) return std::unexpected(std::move(members.error()));
  const auto id = AgentId::parse(members->id);
  if (!id) return problem("invalid_field", "/id: This must be an id such as com.example.hello.");
  auto url = GitUrl::parse(members->git_url, local);
  if (!url) return problem("invalid_field", "/git_url: " + url.error().detail);
  auto ref = GitRef::parse(members->default_ref);
  if (!ref) return problem("invalid_field", "/default_ref: " + ref.error().detail);
  if (members->manifest_path.empty()) members->manifest_path = kManifestName;
  if (!is_relative_path(members->manifest_path)) {
    return problem("invalid_field", "/manifest_path: This must be a path within the repository.");
  }
  RegistryEntry entry{
      .id = *id,
      .url = std::move(*url),
      .ref = std::move(*ref),
      .manifest_path = std::move(members->manifest_path),
      .name = members->display.name.empty() ? id->text() : members->display.name,
      .summary = std::move(members->display.summary),
      .keywords = joined(std::move(members->keywords), std::move(members->display.tags)),
      .integration_points = std::move(members->integration_points)};
  if (auto read = read_expected(members->expected, entry, problem); !read) {
    return std::unexpected(std::move(read.error()));
  }
  if (auto read = read_trust(*members, entry, problem); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return entry;
}

EntryResult<RegistryEntry> read_registry_entry(std::string_view file, std::string_view text,
                                               LocalRepositories local) {
  const Problems problem{file};
  if (text.size() > kEntryBytes) return problem("too_large", "An entry has at most 64 KiB.");
  const auto document = json::parse(text);
  if (!document) {
    return problem(document.error().code == ErrorCode::malformed ? "not_json" : "invalid_json",
                   document.error().detail);
  }
  return read_registry_entry(file, *document, local);
}

}  // namespace sovereign::core
