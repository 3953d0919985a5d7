// The S3 engine against a server that checks signatures.
#include "blob/s3_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blob/store_suite.hpp"
#include "crypto/random.hpp"
#include "support/private_s3.hpp"

namespace sovereign::blob {
namespace {

using support::await;
using support::PrivateS3;
using testing::HasSubstr;

/// Objects of one test begin with a prefix of its own, since tests share the bucket.
class PrefixedStore final : public Store {
 public:
  explicit PrefixedStore(Store& inner) : inner_(inner) {
    static int tests = 0;
    prefix_ = fmt::format("t{}/", ++tests);
  }
  Task<void> put(const Key& key, const Content& content) override {
    const auto inside = within(key);
    co_return co_await inner_.put(inside, content);
  }
  Task<std::unique_ptr<Reader>> get(const Key& key, std::optional<ByteRange> range) override {
    const auto inside = within(key);
    co_return co_await inner_.get(inside, range);
  }
  Task<std::optional<std::uint64_t>> head(const Key& key) override {
    const auto inside = within(key);
    co_return co_await inner_.head(inside);
  }
  Task<void> remove(const Key& key) override {
    const auto inside = within(key);
    co_return co_await inner_.remove(inside);
  }
  Task<void> check() override { return inner_.check(); }
  std::string_view engine() const override { return inner_.engine(); }

 private:
  Key within(const Key& key) const { return Key::parse(prefix_ + key.text()).value(); }

  Store& inner_;
  std::string prefix_;
};

S3Options options() {
  return {.location = {.endpoint = PrivateS3::shared().endpoint(), .bucket = PrivateS3::kBucket},
          .access_key_id = PrivateS3::kAccessKey,
          .secret_access_key = PrivateS3::kSecret,
          .attempts = 2,
          .first_pause = std::chrono::milliseconds(1)};
}

class Bucket {
 public:
  explicit Bucket(S3Options given = options())
      : store_(std::move(given), client_, pool_, random_), prefixed_(store_) {}
  Store& store() { return prefixed_; }
  const S3Counts& counts() const { return store_.counts(); }

 private:
  http::Client client_;
  async::WorkerPool pool_{{.name = "test", .threads = 1}};
  crypto::SystemRandom random_;
  S3Store store_;
  PrefixedStore prefixed_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(S3, StoreSuite, Bucket);

/// 5 MiB is the smallest part that S3 takes.
class BucketOfParts : public Bucket {
 public:
  BucketOfParts() : Bucket(with_parts()) {}
  static S3Options with_parts() {
    auto given = options();
    given.part_bytes = std::uint64_t{5} << 20U;
    return given;
  }
};

class S3PartsTest : public StoreSuite<BucketOfParts> {};

TEST_F(S3PartsTest, ALargeObjectIsSentInPartsAndComesBackWhole) {
  std::string bytes;
  while (bytes.size() < (std::size_t{11} << 20U)) bytes += fmt::format("{:x},", bytes.size());
  const auto stored = put("large", bytes);
  ASSERT_TRUE(stored) << stored.error().context;
  EXPECT_GE(engine.counts().requests, 5U);
  EXPECT_EQ(size("large"), bytes.size());
  EXPECT_TRUE(get("large") == bytes);
  EXPECT_TRUE(get("large", ByteRange{5'000'000, 2'000'000}) == bytes.substr(5'000'000, 2'000'000));
}

TEST_F(S3PartsTest, ALargeObjectThatIsNotWhatItWasSaidToBeIsNotStored) {
  const std::string bytes(std::size_t{6} << 20U, 'x');
  auto content = content_of(bytes);
  content.sha256 = crypto::sha256("other");
  EXPECT_EQ(await(engine.store().put(key_of("large"), content)).error().code, ErrorCode::internal);
  EXPECT_EQ(get("large"), "<not_found>");
}

/// What check() says of a store with these options.
Error trouble(S3Options given) {
  Bucket bucket(std::move(given));
  const auto checked = await(bucket.store().check());
  return checked ? Error{} : checked.error();
}

TEST(S3Trouble, AWrongSecretIsNamed) {
  auto wrong = options();
  wrong.secret_access_key = "wrong";
  const auto error = trouble(wrong);
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_THAT(error.context, HasSubstr("s3.secret_access_key"));
  EXPECT_THAT(error.context, testing::Not(HasSubstr("wrong;")));
}

TEST(S3Trouble, AnUnknownAccessKeyIsNamed) {
  auto wrong = options();
  wrong.access_key_id = "nobody:nobody";
  EXPECT_THAT(trouble(wrong).context, HasSubstr("s3."));
}

TEST(S3Trouble, AMissingBucketIsNamed) {
  auto wrong = options();
  wrong.location.bucket = "no-such-bucket";
  EXPECT_THAT(trouble(wrong).context, HasSubstr("s3.bucket"));
}

TEST(S3Trouble, AServerThatIsAwayIsUnavailableAfterItsAttempts) {
  auto away = options();
  away.location.endpoint = "http://127.0.0.1:1";
  Bucket bucket(away);
  const auto stored = await(bucket.store().put(key_of("a"), content_of("x")));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(stored.error().retry_after);
  EXPECT_THAT(stored.error().context, HasSubstr("http://127.0.0.1:1"));
  EXPECT_EQ(bucket.counts().requests, 2U);
  EXPECT_EQ(bucket.counts().retries, 1U);
  EXPECT_EQ(bucket.counts().failures, 1U);
}

}  // namespace
}  // namespace sovereign::blob
