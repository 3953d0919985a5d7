#include "registry/federation/answer_cache.hpp"

#include <utility>

namespace sovereign::registry {

std::optional<AnswerCache::Entry> AnswerCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(key);
  if (place == places_.end()) return std::nullopt;
  items_.splice(items_.begin(), items_, place->second);
  return place->second->entry;
}

void AnswerCache::put(const std::string& key, Entry entry) {
  const std::lock_guard lock(mutex_);
  if (const auto place = places_.find(key); place != places_.end()) {
    bytes_ -= place->second->entry.answer->bytes;
    items_.erase(place->second);
    places_.erase(place);
  }
  bytes_ += entry.answer->bytes;
  items_.push_front({.key = key, .entry = std::move(entry)});
  places_.emplace(key, items_.begin());
  shrink();
}

void AnswerCache::shrink() {
  while (items_.size() > 1 && (items_.size() > limits_.entries || bytes_ > limits_.bytes)) {
    bytes_ -= items_.back().entry.answer->bytes;
    places_.erase(items_.back().key);
    items_.pop_back();
  }
}

bool AnswerCache::begin_refresh(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(key);
  return place != places_.end() && !std::exchange(place->second->is_refreshing, true);
}

void AnswerCache::refresh_failed(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (const auto place = places_.find(key); place != places_.end()) {
    place->second->is_refreshing = false;
  }
}

std::size_t AnswerCache::size() const {
  const std::lock_guard lock(mutex_);
  return items_.size();
}

}  // namespace sovereign::registry
