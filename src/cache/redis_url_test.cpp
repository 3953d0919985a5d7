#include "cache/redis_url.hpp"

#include <gtest/gtest.h>

namespace sovereign::cache {
namespace {

TEST(RedisUrl, NamesServerCredentialsAndDatabase) {
  const auto url = parse_redis_url("redis://ada:se%40cret@cache.example:6380/3");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_EQ(url->transport, RedisTransport::tcp);
  EXPECT_EQ(url->nodes, (std::vector<RedisNode>{{"cache.example", 6380}}));
  EXPECT_EQ(url->username, "ada");
  EXPECT_EQ(url->password, "se@cret");
  EXPECT_EQ(url->database, 3);
}

TEST(RedisUrl, TakesAPasswordWithoutAUserAndUnescapedDelimitersInIt) {
  const auto url = parse_redis_url("rediss://:p@ss/word?x@cache");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_EQ(url->transport, RedisTransport::tls);
  EXPECT_EQ(url->username, "");
  EXPECT_EQ(url->password, "p@ss/word?x");
  EXPECT_EQ(url->nodes, (std::vector<RedisNode>{{"cache", 6379}}));
}

TEST(RedisUrl, TakesSeveralServersAndIpv6) {
  const auto url = parse_redis_url("redis://10.0.0.1:7000,[::1]:7001,[2001:db8::1]");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_EQ(url->nodes,
            (std::vector<RedisNode>{{"10.0.0.1", 7000}, {"::1", 7001}, {"2001:db8::1", 6379}}));
}

TEST(RedisUrl, TakesASocket) {
  const auto url = parse_redis_url("unix://:secret@/run/redis/redis.sock?db=2");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_EQ(url->socket_path, "/run/redis/redis.sock");
  EXPECT_EQ(url->password, "secret");
  EXPECT_EQ(url->database, 2);
}

TEST(RedisUrl, TakesAFileOfCertificatesToTrust) {
  const auto url = parse_redis_url("rediss://cache?ssl_ca_certs=/etc/our%20ca.pem");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_EQ(url->ca_file, "/etc/our ca.pem");
}

TEST(RedisUrl, SaysWhatIsWrongAndNeverQuotesIt) {
  for (const char* text :
       {"", "memcached://:hunter2@cache", "redis:hunter2", "redis://", "redis://:hunter2@",
        "redis://:hunter2@cache:x", "redis://:hunter2@cache:0", "redis://:hunter2@cache:99999",
        "redis://:hunter2@cache/x", "redis://:hunter2@cache/-1", "redis://:hunter2@ca che",
        "redis://hunter2@cache", "redis://:hunter%zz@cache", "redis://:hunter2@cache?hunter2=1",
        "redis://:hunter2@cache?ssl_ca_certs=/x", "rediss://:hunter2@cache?ssl_ca_certs=x",
        "unix://:hunter2@relative", "unix://:hunter2@/s?db=x", "redis://:hunter2@::1"}) {
    const auto url = parse_redis_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().detail.find("hunter"), std::string::npos) << text;
    EXPECT_EQ(url.error().context.find("hunter"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace sovereign::cache
