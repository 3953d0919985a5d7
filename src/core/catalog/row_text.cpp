#include "core/catalog/row_text.hpp"

#include <array>
#include <utility>

#include "json/read.hpp"
#include "json/table.hpp"
#include "json/write.hpp"

template <>
struct sovereign::json::Names<sovereign::core::ProblemSeverity> {
  using enum sovereign::core::ProblemSeverity;
  static constexpr std::array values = {EnumName{warning, "warning"}, EnumName{error, "error"}};
};

template <>
struct sovereign::json::Table<sovereign::core::ManifestProblem> {
  using T = sovereign::core::ManifestProblem;
  static constexpr std::string_view name = "StoredProblem";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("path", &T::path, {.max_length = 100'000}), field("code", &T::code),
      field("message", &T::message, {.max_length = 100'000}), field("severity", &T::severity)};
};

template <>
struct sovereign::json::Table<sovereign::core::PendingUpdate> {
  using T = sovereign::core::PendingUpdate;
  static constexpr std::string_view name = "StoredPendingUpdate";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("commit", &T::commit), field("manifest_path", &T::manifest_path),
      field("manifest_hash", &T::manifest_hash), field("permissions_hash", &T::permissions_hash),
      field("permissions", &T::permissions, {.max_items = core::kMaxPermissions})};
};

namespace sovereign::core {
namespace {

Failure unreadable(std::string_view what) {
  return base::fail(ErrorCode::internal, "A stored agent cannot be read.", std::string(what));
}

}  // namespace

std::string to_row_text(const std::vector<std::string>& strings) { return json::to_text(strings); }

std::string to_row_text(const std::vector<ManifestProblem>& problems) {
  return json::to_text(problems);
}

std::string to_row_text(const std::optional<PendingUpdate>& pending) {
  return pending ? json::to_text(*pending) : std::string();
}

Result<std::vector<std::string>> strings_from_row(std::string_view text) {
  std::vector<std::string> strings;
  if (text == "[]") return strings;
  const auto document = json::parse(text);
  if (!document || !document->is_array()) return unreadable("a list of strings");
  for (const auto& item : document->get_array()) {
    if (!item.is_string()) return unreadable("a list of strings");
    strings.emplace_back(item.get_string().data(), item.get_string().size());
  }
  return strings;
}

Result<std::vector<ManifestProblem>> problems_from_row(std::string_view text) {
  std::vector<ManifestProblem> problems;
  if (text == "[]") return problems;
  const auto document = json::parse(text);
  if (!document || !document->is_array()) return unreadable("problems");
  for (const auto& item : document->get_array()) {
    auto problem = json::read<ManifestProblem>(item);
    if (!problem) return unreadable("problems");
    problems.push_back(std::move(*problem));
  }
  return problems;
}

Result<std::optional<PendingUpdate>> pending_from_row(std::string_view text) {
  if (text.empty()) return std::nullopt;
  auto pending = json::read_text<PendingUpdate>(text);
  if (!pending) return unreadable("a pending update");
  return std::move(*pending);
}

}  // namespace sovereign::core
