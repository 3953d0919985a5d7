#include "http/connection_quota.hpp"

#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

boost::asio::ip::address address(const char* text) { return boost::asio::ip::make_address(text); }

TEST(ConnectionQuota, RefusesPastItsTotalUntilOneLeaves) {
  ConnectionQuota quota(2, 10);
  auto first = quota.acquire(address("127.0.0.1"));
  {
    const auto second = quota.acquire(address("192.0.2.1"));
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(quota.acquire(address("192.0.2.2")));
  }
  EXPECT_TRUE(quota.acquire(address("192.0.2.2")));
  EXPECT_EQ(quota.open(), 1U);
  EXPECT_EQ(quota.accepted(), 3U);
  EXPECT_EQ(quota.refused(), 1U);
}

TEST(ConnectionQuota, CountsByAddressAndExemptsLoopback) {
  ConnectionQuota quota(100, 1);
  const auto first = quota.acquire(address("192.0.2.1"));
  EXPECT_FALSE(quota.acquire(address("192.0.2.1")));
  EXPECT_FALSE(quota.acquire(address("::ffff:192.0.2.1")));
  EXPECT_TRUE(quota.acquire(address("192.0.2.2")));
  const auto loopback = quota.acquire(address("127.0.0.1"));
  EXPECT_TRUE(quota.acquire(address("127.0.0.1")));
  EXPECT_TRUE(quota.acquire(address("::ffff:127.0.0.1")));
}

TEST(ConnectionQuota, TakesAnIpv6NetworkForOneClient) {
  ConnectionQuota quota(100, 1);
  const auto first = quota.acquire(address("2001:db8:0:1::1"));
  EXPECT_FALSE(quota.acquire(address("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(quota.acquire(address("2001:db8:0:2::1")));
}

}  // namespace
}  // namespace sovereign::http
