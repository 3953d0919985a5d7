#include "registry/changes/hub.hpp"

#include <mutex>
#include <utility>

namespace sovereign::registry {

void ChangeHub::start(std::int64_t position) {
  const std::unique_lock lock(mutex_);
  ring_ = std::make_unique<ChangeRing>(limits_, position);
  newest_.store(position, std::memory_order_release);
}

void ChangeHub::publish(std::vector<ChangeEvent> events, std::int64_t position,
                        std::chrono::microseconds lag) {
  lag_microseconds_ = lag.count();
  {
    const std::unique_lock lock(mutex_);
    ring_->push(std::move(events), position);
    newest_.store(position, std::memory_order_release);
  }
  wakers_.wake_all();
}

ChangeReading ChangeHub::after(std::int64_t position) const {
  const std::shared_lock lock(mutex_);
  return ring_->after(position);
}

void ChangeHub::stop() {
  stopped_ = true;
  wakers_.wake_all();
}

std::unique_ptr<ChangeHub::Stream> ChangeHub::open_stream() {
  if (streams_.fetch_add(1) >= kMaxStreams) {
    streams_.fetch_sub(1);
    return nullptr;
  }
  return std::make_unique<Stream>(*this);
}

ChangeHubStatus ChangeHub::status() const {
  const std::shared_lock lock(mutex_);
  return {.newest = newest(),
          .events = ring_->events(),
          .bytes = ring_->bytes(),
          .streams = streams_,
          .cutoffs = cutoffs_,
          .lag_seconds = static_cast<double>(lag_microseconds_) / 1e6};
}

}  // namespace sovereign::registry
