#include "registry/federation/result_sets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.hpp"

namespace sovereign::registry {

std::string encode_set_cursor(const SetCursor& cursor) {
  return fmt::format("{}.{}", cursor.set, cursor.position);
}

SetCursor decode_set_cursor(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == text.npos) return {.set = {}, .position = std::string(text)};
  return {.set = std::string(text.substr(0, dot)), .position = std::string(text.substr(dot + 1))};
}

std::string ResultSets::keep(ResultSet set, SteadyTime now) {
  std::array<std::uint8_t, 8> bytes{};
  random_.fill(bytes);
  auto id = base::to_hex(bytes);
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const Kept& kept) { return kept.until <= now; });
  if (kept_.size() >= kMost) kept_.pop_front();
  kept_.push_back({.id = id, .until = now + kLife, .set = std::move(set)});
  return id;
}

std::optional<ResultSet> ResultSets::find(std::string_view id, std::uint64_t question,
                                          SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto kept = std::ranges::find(kept_, id, &Kept::id);
  if (kept == kept_.end() || kept->until <= now || kept->set.question != question) {
    return std::nullopt;
  }
  return kept->set;
}

}  // namespace sovereign::registry
