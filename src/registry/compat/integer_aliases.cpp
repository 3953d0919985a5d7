#include "registry/compat/integer_aliases.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

constexpr sql::Statement kFindNumber{"integer_aliases.find_number",
                                     "SELECT number FROM integer_aliases WHERE id = $1"};
constexpr sql::Statement kFindId{"integer_aliases.find_id",
                                 "SELECT id FROM integer_aliases WHERE number = $1"};
// Of two that ask at once, the second gets the number that the first has made.
constexpr sql::Statement kGive{
    "integer_aliases.give",
    "INSERT INTO integer_aliases (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = excluded.id "
    "RETURNING number"};

}  // namespace

std::optional<std::int64_t> IntegerAliases::remembered(Uuid id) const {
  const std::lock_guard lock(mutex_);
  const auto found = numbers_.find(id);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

void IntegerAliases::remember(Uuid id, std::int64_t number) {
  const std::lock_guard lock(mutex_);
  if (numbers_.size() >= kMaxRemembered) numbers_.clear();
  numbers_.emplace(id, number);
}

Task<std::int64_t> IntegerAliases::of(Uuid id) {
  if (const auto known = remembered(id)) co_return *known;
  const auto text = id.to_string();
  auto finding = database_.read({kFindNumber, {text}});
  const auto found = co_await std::move(finding);
  if (!found) co_return Failure(found.error());
  if (!found->rows.empty()) {
    const auto number = sql::integer(found->rows.front().front());
    remember(id, number);
    co_return number;
  }
  sql::Write write;
  write.calls.push_back({kGive, {text}, sql::Expect::one_row});
  auto giving = database_.write(std::move(write));
  const auto given = co_await std::move(giving);
  if (!given) co_return Failure(given.error());
  if (!*given) {
    co_return base::fail(ErrorCode::unavailable, "The number could not be given; try again.",
                         "integer_aliases.give was rejected");
  }
  const auto number = sql::integer((**given).front().rows.front().front());
  remember(id, number);
  co_return number;
}

Task<std::optional<Uuid>> IntegerAliases::find(std::int64_t number) {
  auto finding = database_.read({kFindId, {number}});
  const auto found = co_await std::move(finding);
  if (!found) co_return Failure(found.error());
  if (found->rows.empty()) co_return std::nullopt;
  co_return Uuid::parse(sql::text(found->rows.front().front()));
}

}  // namespace sovereign::registry
