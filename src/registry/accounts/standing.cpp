#include "registry/accounts/standing.hpp"

namespace sovereign::registry {

std::optional<AccountState> Standing::find(UserId user) const {
  const auto& shard = shard_of(user.uuid);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.accounts.find(user);
  if (found == shard.accounts.end()) return std::nullopt;
  return found->second;
}

void Standing::put(UserId user, const AccountState& state) {
  auto& shard = shard_of(user.uuid);
  const std::lock_guard lock(shard.mutex);
  if (shard.accounts.size() >= kMaxAccounts / kShards) shard.accounts.clear();
  const auto [known, fresh] = shard.accounts.try_emplace(user, state);
  if (!fresh && known->second.updated_at < state.updated_at) known->second = state;
}

void Standing::update(UserId user, const AccountState& state) {
  auto& shard = shard_of(user.uuid);
  const std::lock_guard lock(shard.mutex);
  const auto known = shard.accounts.find(user);
  if (known == shard.accounts.end()) return;
  if (known->second.updated_at < state.updated_at) known->second = state;
}

void Standing::forget(UserId user) {
  auto& shard = shard_of(user.uuid);
  const std::lock_guard lock(shard.mutex);
  shard.accounts.erase(user);
}

bool Standing::is_ended(SessionId session) const {
  const auto& shard = shard_of(session.uuid);
  const std::lock_guard lock(shard.mutex);
  return shard.ended.contains(session);
}

void Standing::end(SessionId session, Timestamp ended_at) {
  auto& shard = shard_of(session.uuid);
  const std::lock_guard lock(shard.mutex);
  shard.ended.try_emplace(session, ended_at);
}

void Standing::purge(Timestamp now) {
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    std::erase_if(shard.ended,
                  [&](const auto& entry) { return entry.second + access_lifetime_ <= now; });
  }
}

std::size_t Standing::ended_sessions() const {
  std::size_t count = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += shard.ended.size();
  }
  return count;
}

}  // namespace sovereign::registry
