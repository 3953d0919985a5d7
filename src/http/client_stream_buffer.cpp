#include "http/client_stream_buffer.hpp"

#include <utility>

namespace sovereign::http {

bool ClientStreamBuffer::put(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  if (reader_) {
    auto reader = std::exchange(reader_, nullptr);
    lock.unlock();
    reader(std::string(bytes));
    return true;
  }
  is_full_ = !bytes_.empty() && bytes.size() > window_ - bytes_.size();
  if (!is_full_) bytes_ += bytes;
  return !is_full_;
}

void ClientStreamBuffer::end(std::optional<Error> error) {
  std::unique_lock lock(mutex_);
  if (std::exchange(has_ended_, true)) return;
  error_ = std::move(error);
  if (!reader_) return;
  auto reader = std::exchange(reader_, nullptr);
  auto outcome = take_locked();
  lock.unlock();
  reader(std::move(*outcome));
}

std::optional<ClientStreamBuffer::Outcome> ClientStreamBuffer::take_locked() {
  if (!bytes_.empty()) return std::exchange(bytes_, {});
  if (!has_ended_) return std::nullopt;
  if (error_) return Failure(*error_);
  return std::string();
}

ClientStreamBuffer::Taken ClientStreamBuffer::take() {
  const std::lock_guard lock(mutex_);
  return {.outcome = take_locked(), .was_full = std::exchange(is_full_, false)};
}

void ClientStreamBuffer::wait(Reader reader) {
  std::unique_lock lock(mutex_);
  auto outcome = take_locked();
  if (!outcome) {
    reader_ = std::move(reader);
    return;
  }
  lock.unlock();
  reader(std::move(*outcome));
}

}  // namespace sovereign::http
