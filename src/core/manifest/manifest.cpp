#include "core/manifest/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "core/manifest/members.hpp"
#include "crypto/digest.hpp"
#include "json/parse.hpp"

namespace sovereign::core {
namespace {

bool is_deeper_than(const json::Value& value, std::size_t levels) {
  const auto deeper = [levels](const json::Value& inner) {
    return is_deeper_than(inner, levels - 1);
  };
  if (!value.is_structured()) return false;
  if (levels == 0) return true;
  if (const auto* array = value.if_array()) return std::ranges::any_of(*array, deeper);
  return std::ranges::any_of(value.get_object(),
                             [&](const auto& member) { return deeper(member.value()); });
}

/// The words of a JSON error about a manifest instead of a request.
ManifestProblem describe(const Error& error) {
  const bool has_field = !error.fields.empty();
  const std::string code = has_field ? error.fields.front().code : std::string();
  if (code == "duplicate_member") return {"", "duplicate_key", error.fields.front().message};
  if (code == "too_deep") {
    return {"", "too_deep", fmt::format("{} levels of nesting at most.", kManifestDepth)};
  }
  if (has_field)
    return {error.fields.front().pointer, "invalid_json", error.fields.front().message};
  return {"", "invalid_json", error.detail};
}

ManifestReading unreadable(ManifestProblem problem, CoreCode refusal) {
  ManifestReading reading;
  reading.permissions_hash = hash_permissions({});
  reading.problems.push_back(std::move(problem));
  reading.refusal = refusal;
  return reading;
}

ManifestReading read_document(std::string_view bytes, IdRule rule) {
  if (bytes.empty()) {
    return unreadable({"", "empty_manifest", "The file is empty."}, CoreCode::manifest_invalid);
  }
  if (bytes.size() > kManifestBytes) {
    return unreadable({"", "manifest_too_large", fmt::format("{} bytes at most.", kManifestBytes)},
                      CoreCode::manifest_too_large);
  }
  const auto document = json::parse(bytes);
  if (!document) return unreadable(describe(document.error()), CoreCode::manifest_invalid);
  if (is_deeper_than(*document, kManifestDepth)) {
    return unreadable(
        {"", "too_deep", fmt::format("{} levels of nesting at most.", kManifestDepth)},
        CoreCode::manifest_invalid);
  }
  if (!document->is_object()) {
    return unreadable({"", "invalid_manifest_shape", "A JSON object is wanted."},
                      CoreCode::manifest_invalid);
  }
  return read_members(document->get_object(), rule);
}

}  // namespace

std::string_view to_string(EntrypointType type) {
  switch (type) {
    case EntrypointType::mix_task: return "mix_task";
    case EntrypointType::release: return "release";
    case EntrypointType::command: return "command";
  }
  std::unreachable();
}

ManifestReading read_manifest(std::string_view bytes, IdRule rule) {
  auto reading = read_document(bytes, rule);
  reading.hash = base::to_hex(crypto::sha256(bytes));
  return reading;
}

Failure refuse(const ManifestReading& reading) {
  const auto first =
      std::ranges::find(reading.problems, ProblemSeverity::error, &ManifestProblem::severity);
  if (first == reading.problems.end()) return fail(reading.refusal, "The manifest is not valid.");
  const std::string_view at = first->path.empty() ? "The file" : std::string_view(first->path);
  return fail(reading.refusal,
              fmt::format("The manifest is not valid. {}: {}", at, first->message));
}

}  // namespace sovereign::core
