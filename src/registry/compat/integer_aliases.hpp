// Small numbers for accounts and API keys, whose ids are UUIDs: older clients know integers. A
// number is given when it is first asked for, and stays.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "async/task.hpp"
#include "base/uuid.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// Any thread.
class IntegerAliases {
 public:
  static constexpr std::size_t kMaxRemembered = 100'000;  ///< About 6 MB; then it starts afresh.

  explicit IntegerAliases(sql::Database& database) : database_(database) {}

  /// The number of `id`, from 1. Error: unavailable.
  Task<std::int64_t> of(Uuid id);
  /// Whose number it is. Error: unavailable.
  Task<std::optional<Uuid>> find(std::int64_t number);

 private:
  std::optional<std::int64_t> remembered(Uuid id) const;
  void remember(Uuid id, std::int64_t number);

  sql::Database& database_;
  mutable std::mutex mutex_;
  std::unordered_map<Uuid, std::int64_t> numbers_;
};

}  // namespace sovereign::registry
