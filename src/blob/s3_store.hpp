// Objects in a bucket of an S3 store. Every request is signed (Signature Version 4) with the digest
// of its body, so that the store refuses what was altered on the way.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "blob/s3_protocol.hpp"
#include "blob/store.hpp"
#include "http/client.hpp"

namespace sovereign::blob {

struct S3Options {
  S3Location location;
  std::string region = "us-east-1";
  std::string access_key_id;
  std::string secret_access_key;
  /// Larger objects are sent in parts of this size; S3 takes 5 MiB to 5 GiB.
  std::uint64_t part_bytes = std::uint64_t{16} << 20U;
  int attempts = 4;  ///< Of a request that may succeed later, begun within `timeout`.
  std::chrono::milliseconds first_pause{100};  ///< Up to this, then up to twice as long each time.
  std::chrono::milliseconds timeout{10'000};   ///< Of a request, besides the time its body takes.
  std::uint64_t slowest_bytes_per_second = std::uint64_t{256} << 10U;
  std::filesystem::path ca_file;  ///< Roots trusted instead of the system's; for tests.
};

/// Since the start; for metrics.
struct S3Counts {
  std::atomic<std::uint64_t> requests = 0;  ///< Retries included.
  std::atomic<std::uint64_t> retries = 0;
  std::atomic<std::uint64_t> failures = 0;  ///< Calls that ended `unavailable`.
};

class S3Store final : public Store {
 public:
  /// All must outlive the store; `pool` hashes parts of files.
  S3Store(S3Options options, http::Client& client, async::WorkerPool& pool, base::Random& random);

  Task<void> put(const Key& key, const Content& content) override;
  Task<std::unique_ptr<Reader>> get(const Key& key, std::optional<ByteRange> range) override;
  Task<std::optional<std::uint64_t>> head(const Key& key) override;
  Task<void> remove(const Key& key) override;
  Task<void> check() override;
  std::string_view engine() const override { return "s3"; }

  const S3Counts& counts() const { return counts_; }

 private:
  friend class S3Reader;

  /// A request but for its credentials.
  struct Order {
    http::Method method = http::Method::get;
    std::string key;
    std::string query;
    std::string body;
    std::optional<http::FileBody> file;
    std::string payload_digest;  ///< Hex; of no bytes when empty.
    std::vector<std::pair<std::string, std::string>> headers;
  };
  struct Parts;

  http::ClientRequest request_of(const Order& order) const;
  /// Tries as often as it may. Error: error_of() the last answer, or the client's error.
  Task<http::ClientResponse> send(Order order);
  bool is_last(int attempt, base::SteadyTime began) const;
  Task<void> pause(int attempt);
  Failure failed(Error error);

  Task<void> put_whole(const Key& key, const Content& content);
  Task<void> put_parts(const Key& key, const Content& content);
  Task<void> send_parts(const Key& key, const Content& content, Parts& parts);
  Task<void> complete(const Key& key, const Parts& parts);
  Task<void> abandon(const Key& key, const Parts& parts);
  Task<http::ClientStream> open(const Key& key, std::optional<ByteRange> range, std::string etag);

  const S3Options options_;
  http::Client& client_;
  async::WorkerPool& pool_;
  base::Random& random_;
  S3Counts counts_;
};

}  // namespace sovereign::blob
