#include "http/connection_quota.hpp"

namespace sovereign::http {

namespace ip = boost::asio::ip;

ConnectionSlot::~ConnectionSlot() {
  if (quota_ != nullptr) quota_->release(address_);
}

std::optional<ConnectionSlot> ConnectionQuota::acquire(const ip::address& address) {
  const std::lock_guard lock(mutex_);
  const auto key = key_of(address);
  const bool full = open_ >= total_;
  if (full || (key && by_address_.contains(*key) && by_address_[*key] >= per_address_)) {
    ++refused_;
    return std::nullopt;
  }
  if (key) ++by_address_[*key];
  ++open_;
  ++accepted_;
  return ConnectionSlot(*this, address);
}

void ConnectionQuota::release(const ip::address& address) {
  const std::lock_guard lock(mutex_);
  --open_;
  const auto key = key_of(address);
  if (!key) return;
  const auto found = by_address_.find(*key);
  if (--found->second == 0) by_address_.erase(found);
}

std::optional<ConnectionQuota::Key> ConnectionQuota::key_of(const ip::address& address) {
  const auto plain = without_v4_mapping(address);
  if (plain.is_loopback()) return std::nullopt;
  if (plain.is_v4()) return Key{false, plain.to_v4().to_uint()};
  const auto bytes = plain.to_v6().to_bytes();
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | bytes[i];
  return Key{true, prefix};
}

ip::address without_v4_mapping(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace sovereign::http
