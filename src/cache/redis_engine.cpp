#include "cache/redis_engine.hpp"

#include <utility>

#include "cache/limits.hpp"

namespace sovereign::cache {

Task<std::optional<std::string>> RedisCache::get(std::string key) {
  if (auto checked = check_size(key); !checked) co_return Failure(checked.error());
  key.insert(0, prefix_);
  RedisCommand command{.words = {"GET", key}, .key = key};
  auto calling = redis_.call(std::move(command));
  auto reply = co_await std::move(calling);
  if (!reply) co_return Failure(reply.error());
  if (reply->kind != Reply::Kind::text) co_return std::nullopt;
  co_return std::move(reply->text);
}

Task<void> RedisCache::set(std::string key, std::string value, std::chrono::milliseconds life) {
  if (auto checked = check_size(key, value); !checked) co_return Failure(checked.error());
  key.insert(0, prefix_);
  RedisCommand command{.words = {"SET", key, std::move(value), "PX", std::to_string(life.count())},
                       .key = key};
  auto calling = redis_.call(std::move(command));
  const auto reply = co_await std::move(calling);
  if (!reply) co_return Failure(reply.error());
  co_return Result<void>();
}

Task<void> RedisCache::remove(std::string key) {
  if (auto checked = check_size(key); !checked) co_return Failure(checked.error());
  key.insert(0, prefix_);
  RedisCommand command{.words = {"DEL", key}, .key = key};
  auto calling = redis_.call(std::move(command));
  const auto reply = co_await std::move(calling);
  if (!reply) co_return Failure(reply.error());
  co_return Result<void>();
}

void RedisBroadcast::publish(std::string_view channel, std::string_view message) {
  redis_.post({.words = {"PUBLISH", prefix_ + std::string(channel), std::string(message)}});
}

void RedisBroadcast::subscribe(std::string_view channel, Listener listener) {
  redis_.subscribe(prefix_ + std::string(channel), std::move(listener));
}

}  // namespace sovereign::cache
