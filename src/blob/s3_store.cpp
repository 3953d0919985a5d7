#include "blob/s3_store.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/encoding.hpp"
#include "blob/s3_reader.hpp"

namespace sovereign::blob {
namespace {

namespace asio = boost::asio;
using http::Method;

constexpr std::size_t kMaxAnswerBytes = std::size_t{64} * 1024;
constexpr std::size_t kLargestObjectBytes = std::size_t{5} << 40U;  // That S3 takes.
constexpr std::chrono::seconds kRetryAfter{5};
constexpr std::chrono::milliseconds kCheckTimeout{2000};
constexpr std::string_view kProbe = "readiness/probe";  // An object that is never there.

bool is_success(int status) { return status >= 200 && status < 300; }

bool may_succeed_later(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timed_out;
}

}  // namespace

S3Store::S3Store(S3Options options, http::Client& client, async::WorkerPool& pool,
                 base::Random& random)
    : options_(std::move(options)), client_(client), pool_(pool), random_(random) {}

http::ClientRequest S3Store::request_of(const Order& order) const {
  static const std::string nothing = base::to_hex(crypto::sha256(""));
  http::ClientRequest request{.method = order.method,
                              .url = s3_url(options_.location, order.key, order.query),
                              .headers = order.headers,
                              .body = order.body,
                              .file = order.file};
  const auto bytes = order.file ? order.file->size : order.body.size();
  request.timeout =
      options_.timeout + std::chrono::seconds(bytes / options_.slowest_bytes_per_second);
  // A HEAD's Content-Length is of what it does not send.
  request.max_body = order.method == Method::head ? kLargestObjectBytes : kMaxAnswerBytes;
  request.ca_file = options_.ca_file;
  // The operator named the endpoint, wherever it is.
  request.allow_private_addresses = true;
  request.repeat = http::Repeat::allowed;
  request.headers.emplace_back("x-amz-content-sha256",
                               order.payload_digest.empty() ? nothing : order.payload_digest);
  request.aws = http::AwsCredentials{.access_key_id = options_.access_key_id,
                                     .secret_access_key = options_.secret_access_key,
                                     .region = options_.region,
                                     .service = "s3"};
  return request;
}

Failure S3Store::failed(Error error) {
  if (error.code == ErrorCode::timed_out || error.code == ErrorCode::too_large) {
    error.code = ErrorCode::unavailable;
  }
  if (error.code == ErrorCode::unavailable) {
    ++counts_.failures;
    if (!error.context.starts_with("S3")) {
      error.context =
          fmt::format("S3 at {}: {} {}", options_.location.endpoint, error.detail, error.context);
    }
    error.detail = "Stored files cannot be reached; try again in a moment.";
    error.retry_after = kRetryAfter;
  }
  return Failure(std::move(error));
}

/// A store that takes long to say no is not asked again: somebody waits.
bool S3Store::is_last(int attempt, base::SteadyTime began) const {
  return attempt + 1 >= options_.attempts ||
         std::chrono::steady_clock::now() - began >= options_.timeout;
}

/// Random, so that many that failed at once do not come back at once.
Task<void> S3Store::pause(int attempt) {
  ++counts_.retries;
  std::uint16_t dice = 0;
  random_.fill({reinterpret_cast<std::uint8_t*>(&dice), sizeof dice});
  const auto longest = options_.first_pause * (1 << attempt);
  asio::steady_timer timer(co_await asio::this_coro::executor, longest * dice / UINT16_MAX);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return base::fail(ErrorCode::unavailable, "The request was cancelled.", "S3");
  co_return Result<void>{};
}

Task<http::ClientResponse> S3Store::send(Order order) {
  const auto began = std::chrono::steady_clock::now();
  for (int attempt = 0;; ++attempt) {
    ++counts_.requests;
    auto requesting = client_.request(request_of(order));
    auto response = co_await std::move(requesting);
    if (response && is_success(response->status)) co_return response;
    const auto refusal = response ? read_refusal(response->status, response->body) : S3Refusal{};
    auto error = response ? error_of(refusal, options_.location) : std::move(response.error());
    const bool again = response
                           ? blob::may_succeed_later(refusal)
                           : may_succeed_later(error) && error.name != http::Client::kCancelled;
    if (!again || is_last(attempt, began)) co_return failed(std::move(error));
    auto pausing = pause(attempt);
    if (auto paused = co_await std::move(pausing); !paused) co_return Failure(paused.error());
  }
}

Task<void> S3Store::put(const Key& key, const Content& content) {
  // A cancelled transfer is an error here, after which parts are still cleared away.
  co_await asio::this_coro::throw_if_cancelled(false);
  auto putting =
      content.size <= options_.part_bytes ? put_whole(key, content) : put_parts(key, content);
  co_return co_await std::move(putting);
}

Task<void> S3Store::put_whole(const Key& key, const Content& content) {
  Order order{
      .method = Method::put, .key = key.text(), .payload_digest = base::to_hex(content.sha256)};
  if (const auto* bytes = std::get_if<std::string_view>(&content.source)) {
    order.body = std::string(*bytes);
  } else {
    order.file = http::FileBody{.file = std::get<OpenFile>(content.source), .size = content.size};
  }
  auto sending = send(std::move(order));
  const auto response = co_await std::move(sending);
  if (!response) co_return Failure(response.error());
  if (response->header("ETag").empty()) {
    co_return failed({.code = ErrorCode::unavailable, .context = "S3: a PUT without an ETag"});
  }
  co_return Result<void>{};
}

Task<http::ClientStream> S3Store::open(const Key& key, std::optional<ByteRange> range,
                                       std::string etag) {
  Order order{.key = key.text()};
  if (range) {
    order.headers.emplace_back(
        "Range", fmt::format("bytes={}-{}", range->first, range->first + range->size - 1));
  }
  if (!etag.empty()) order.headers.emplace_back("If-Match", std::move(etag));
  const auto began = std::chrono::steady_clock::now();
  for (int attempt = 0;; ++attempt) {
    ++counts_.requests;
    auto streaming = client_.stream(request_of(order));
    auto stream = co_await std::move(streaming);
    if (stream && is_success(stream->head().status)) co_return stream;
    S3Refusal refusal;
    if (stream) {
      auto reading = stream->read();  // The error's document comes at once, or not at all.
      const auto body = co_await std::move(reading);
      refusal = read_refusal(stream->head().status, body ? *body : std::string_view{});
    }
    auto error = stream ? error_of(refusal, options_.location) : std::move(stream.error());
    const bool again = stream ? blob::may_succeed_later(refusal)
                              : may_succeed_later(error) && error.name != http::Client::kCancelled;
    if (!again || is_last(attempt, began)) co_return failed(std::move(error));
    auto pausing = pause(attempt);
    if (auto paused = co_await std::move(pausing); !paused) co_return Failure(paused.error());
  }
}

Task<std::unique_ptr<Reader>> S3Store::get(const Key& key, std::optional<ByteRange> range) {
  if (range && range->size == 0) range.reset();
  auto opening = open(key, range, {});
  auto stream = co_await std::move(opening);
  if (!stream) co_return Failure(std::move(stream.error()));
  const auto size = content_length(stream->head());
  if (!size) co_return failed({.code = ErrorCode::unavailable, .context = "S3: no length"});
  if (range && (stream->head().status != 206 || *size != range->size)) {
    co_return base::fail(ErrorCode::unprocessable, "The stored file has no such range.");
  }
  const auto part = range.value_or(ByteRange{0, *size});
  co_return std::make_unique<S3Reader>(*this, key, part, std::move(*stream));
}

Task<std::optional<std::uint64_t>> S3Store::head(const Key& key) {
  auto sending = send({.method = Method::head, .key = key.text()});
  const auto response = co_await std::move(sending);
  if (!response) {
    if (response.error().code == ErrorCode::not_found) co_return std::nullopt;
    co_return Failure(response.error());
  }
  const auto size = content_length(*response);
  if (!size) co_return failed({.code = ErrorCode::unavailable, .context = "S3: no length"});
  co_return size;
}

Task<void> S3Store::remove(const Key& key) {
  auto sending = send({.method = Method::delete_, .key = key.text()});
  const auto response = co_await std::move(sending);
  if (!response && response.error().code != ErrorCode::not_found) {
    co_return Failure(response.error());
  }
  co_return Result<void>{};
}

Task<void> S3Store::check() {
  ++counts_.requests;
  auto request = request_of({.key = std::string(kProbe)});
  request.timeout = kCheckTimeout;
  auto requesting = client_.request(std::move(request));
  auto response = co_await std::move(requesting);
  if (!response) co_return failed(std::move(response.error()));
  const auto refusal = read_refusal(response->status, response->body);
  if (is_success(response->status) || refusal.code == "NoSuchKey") co_return Result<void>{};
  auto error = error_of(refusal, options_.location);
  if (error.code != ErrorCode::unavailable) {
    error = {.code = ErrorCode::unavailable,
             .context = fmt::format("S3 at {}: status {} {}", options_.location.endpoint,
                                    refusal.status, refusal.code)};
  }
  co_return failed(std::move(error));
}

}  // namespace sovereign::blob
