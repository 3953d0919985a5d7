// Counts open connections over all loops, in total and by client address, and says no to more.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace sovereign::http {

class ConnectionQuota;

/// One counted connection; gives its place back when destroyed. Must not outlive its quota.
class ConnectionSlot {
 public:
  ConnectionSlot(ConnectionSlot&& other) noexcept
      : quota_(std::exchange(other.quota_, nullptr)), address_(other.address_) {}
  ConnectionSlot& operator=(ConnectionSlot&&) = delete;
  ~ConnectionSlot();

 private:
  friend class ConnectionQuota;
  ConnectionSlot(ConnectionQuota& quota, boost::asio::ip::address address)
      : quota_(&quota), address_(std::move(address)) {}

  ConnectionQuota* quota_;
  boost::asio::ip::address address_;
};

/// Thread-safe. IPv6 clients count by /64, which is what one subscriber gets; loopback clients
/// count in the total only.
class ConnectionQuota {
 public:
  ConnectionQuota(std::size_t total, std::size_t per_address)
      : total_(total), per_address_(per_address) {}

  /// nullopt when a limit is reached; that attempt is then counted as refused.
  std::optional<ConnectionSlot> acquire(const boost::asio::ip::address& address);

  std::size_t open() const { return open_.load(std::memory_order_relaxed); }
  std::uint64_t accepted() const { return accepted_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  friend class ConnectionSlot;
  void release(const boost::asio::ip::address& address);

  using Key = std::pair<bool, std::uint64_t>;  // IPv6?, address or prefix.
  static std::optional<Key> key_of(const boost::asio::ip::address& address);

  const std::size_t total_;
  const std::size_t per_address_;
  std::atomic<std::size_t> open_ = 0;
  std::atomic<std::uint64_t> accepted_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::mutex mutex_;
  std::map<Key, std::size_t> by_address_;
};

/// `::ffff:192.0.2.1` as `192.0.2.1`; every other address as it is.
boost::asio::ip::address without_v4_mapping(const boost::asio::ip::address& address);

}  // namespace sovereign::http
