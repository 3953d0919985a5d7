// Large objects: sent to S3 in parts, which become an object at once or are cleared away.
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "async/run_blocking.hpp"
#include "base/encoding.hpp"
#include "blob/file_io.hpp"
#include "blob/s3_store.hpp"
#include "crypto/sha256.hpp"

namespace sovereign::blob {

namespace asio = boost::asio;
using http::Method;

struct S3Store::Parts {
  std::string upload_id;  ///< Percent-encoded.
  std::vector<std::string> tags;
};

Task<void> S3Store::put_parts(const Key& key, const Content& content) {
  auto beginning = send({.method = Method::post, .key = key.text(), .query = "uploads="});
  const auto begun = co_await std::move(beginning);
  if (!begun) co_return Failure(begun.error());
  Parts parts;
  parts.upload_id = base::percent_encode(xml_text(begun->body, "UploadId"));
  if (parts.upload_id.empty()) {
    co_return failed({.code = ErrorCode::unavailable, .context = "S3: no UploadId"});
  }
  auto sending = send_parts(key, content, parts);
  auto stored = co_await std::move(sending);
  if (stored) {
    auto completing = complete(key, parts);
    stored = co_await std::move(completing);
  }
  if (stored) co_return stored;
  // What was sent costs money until it is cleared away, so also for who no longer waits.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  auto abandoning = abandon(key, parts);
  (void)co_await std::move(abandoning);
  co_return stored;
}

Task<void> S3Store::send_parts(const Key& key, const Content& content, Parts& parts) {
  const auto whole = std::make_shared<crypto::Sha256>();
  for (std::uint64_t first = 0; first < content.size; first += options_.part_bytes) {
    const auto size = std::min(options_.part_bytes, content.size - first);
    auto hashing = async::run_blocking(
        pool_, [source = content.source, first, size, whole]() -> Result<crypto::Digest256> {
          crypto::Sha256 part;
          auto read = for_each_block(source, first, size, [&](std::string_view block) {
            part.update(block);
            whole->update(block);
            return Result<void>{};
          });
          if (!read) return Failure(std::move(read.error()));
          return part.finish();
        });
    const auto digest = co_await std::move(hashing);
    if (!digest) co_return Failure(digest.error());
    Order order{
        .method = Method::put,
        .key = key.text(),
        .query = fmt::format("partNumber={}&uploadId={}", parts.tags.size() + 1, parts.upload_id),
        .payload_digest = base::to_hex(*digest)};
    if (const auto* bytes = std::get_if<std::string_view>(&content.source)) {
      order.body = std::string(bytes->substr(first, size));
    } else {
      order.file =
          http::FileBody{.file = std::get<OpenFile>(content.source), .offset = first, .size = size};
    }
    auto sending = send(std::move(order));
    const auto sent = co_await std::move(sending);
    if (!sent) co_return Failure(sent.error());
    parts.tags.emplace_back(sent->header("ETag"));
  }
  if (whole->finish() == content.sha256) co_return Result<void>{};
  co_return base::fail(ErrorCode::internal, "The upload was damaged on the way.",
                       "a blob's source does not have the digest it was said to have");
}

Task<void> S3Store::complete(const Key& key, const Parts& parts) {
  Order order{.method = Method::post,
              .key = key.text(),
              .query = "uploadId=" + parts.upload_id,
              .body = completion_of(parts.tags),
              .headers = {{"Content-Type", "application/xml"}}};
  order.payload_digest = base::to_hex(crypto::sha256(order.body));
  auto sending = send(std::move(order));
  const auto completed = co_await std::move(sending);
  if (!completed) co_return Failure(completed.error());
  // S3 may begin its answer before it knows: a 200 can hold an error.
  if (xml_text(completed->body, "Code").empty() && !xml_text(completed->body, "ETag").empty()) {
    co_return Result<void>{};
  }
  co_return failed(error_of(read_refusal(500, completed->body), options_.location));
}

Task<void> S3Store::abandon(const Key& key, const Parts& parts) {
  auto sending =
      send({.method = Method::delete_, .key = key.text(), .query = "uploadId=" + parts.upload_id});
  const auto sent = co_await std::move(sending);
  if (!sent) co_return Failure(sent.error());
  co_return Result<void>{};
}

}  // namespace sovereign::blob
