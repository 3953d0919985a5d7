#include "blob/s3_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sovereign::blob {
namespace {

constexpr std::chrono::seconds kRetryAfter{5};
constexpr std::size_t kShownMessageBytes = 200;

struct Meaning {
  std::string_view code;
  std::string_view advice;
};

constexpr Meaning kMeanings[] = {
    {"InvalidAccessKeyId", "the access key is not known: check s3.access_key_id"},
    {"SignatureDoesNotMatch", "the credentials are wrong: check s3.secret_access_key, s3.region"},
    {"AuthorizationHeaderMalformed", "the region is wrong: check s3.region"},
    {"AccessDenied",
     "the access key may not do this: it needs to read, write, delete and list in the bucket"},
    {"RequestTimeTooSkewed", "this machine's clock and the store's differ: set the clock"},
    {"NoSuchBucket", "the bucket does not exist: check s3.bucket, or make it"},
    {"PermanentRedirect", "the bucket is at another endpoint: check s3.endpoint and s3.region"},
};

std::string_view advice_for(const S3Refusal& refusal) {
  for (const auto& meaning : kMeanings) {
    if (meaning.code == refusal.code) return meaning.advice;
  }
  return refusal.status == 403 ? kMeanings[3].advice : std::string_view{};
}

bool is_bucket_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return name.size() >= 3 && name.size() <= 63 && std::ranges::all_of(name, is_allowed);
}

/// Behind the scheme: host and port.
std::string_view host_of(std::string_view endpoint) {
  const auto begin = endpoint.find("://");
  return begin == endpoint.npos ? std::string_view{} : endpoint.substr(begin + 3);
}

std::string unescape(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string out;
  while (!text.empty()) {
    const auto entity = std::ranges::find_if(
        kEntities, [&](const auto& candidate) { return text.starts_with(candidate.first); });
    out += entity == kEntities.end() ? text.front() : entity->second;
    text.remove_prefix(entity == kEntities.end() ? 1 : entity->first.size());
  }
  return out;
}

}  // namespace

Result<void> check_s3_location(const S3Location& location) {
  const std::string_view endpoint = location.endpoint;
  const auto host = host_of(endpoint);
  const bool is_http = endpoint.starts_with("http://") || endpoint.starts_with("https://");
  if (!is_http || host.empty() || host.find_first_of("/?#@ ") != host.npos) {
    return base::fail(ErrorCode::unprocessable,
                      "s3.endpoint: must be a URL of scheme, host and port only, such as "
                      "https://s3.eu-central-1.amazonaws.com");
  }
  if (!is_bucket_name(location.bucket)) {
    return base::fail(ErrorCode::unprocessable,
                      "s3.bucket: must be the name of a bucket, 3 to 63 small letters, digits, "
                      "dots and dashes");
  }
  return {};
}

std::string s3_url(const S3Location& location, std::string_view key, std::string_view query) {
  std::string url = location.endpoint;
  if (location.addressing == S3Addressing::virtual_host) {
    url.insert(url.find("://") + 3, location.bucket + ".");
    url += '/';
  } else {
    url.append("/").append(location.bucket).append("/");
  }
  url += key;
  if (!query.empty()) url.append("?").append(query);
  return url;
}

std::string xml_text(std::string_view document, std::string_view element) {
  const auto open = fmt::format("<{}>", element);
  const auto close = fmt::format("</{}>", element);
  const auto begin = document.find(open);
  if (begin == document.npos) return {};
  const auto text = document.substr(begin + open.size());
  const auto end = text.find(close);
  return end == text.npos ? std::string{} : unescape(text.substr(0, end));
}

std::string completion_of(std::span<const std::string> part_tags) {
  std::string document = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < part_tags.size(); ++i) {
    document +=
        fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, part_tags[i]);
  }
  return document + "</CompleteMultipartUpload>";
}

S3Refusal read_refusal(int status, std::string_view body) {
  return {status, xml_text(body, "Code"), xml_text(body, "Message").substr(0, kShownMessageBytes)};
}

bool may_succeed_later(const S3Refusal& refusal) {
  return refusal.status == 429 || refusal.status >= 500 || refusal.code == "RequestTimeout" ||
         refusal.code == "SlowDown";
}

Error error_of(const S3Refusal& refusal, const S3Location& location) {
  if (refusal.status == 404 && refusal.code != "NoSuchBucket") {
    return {.code = ErrorCode::not_found, .detail = "There is no such stored file."};
  }
  if (refusal.status == 416) {
    return {.code = ErrorCode::unprocessable, .detail = "The stored file has no such range."};
  }
  if (refusal.code == "BadDigest" || refusal.code == "XAmzContentSHA256Mismatch") {
    return {.code = ErrorCode::internal,
            .detail = "The upload was damaged on the way.",
            .context = "S3: " + refusal.code};
  }
  const auto advice = advice_for(refusal);
  return {.code = ErrorCode::unavailable,
          .detail = "Stored files cannot be reached; try again in a moment.",
          .context = fmt::format("S3 bucket {} at {}: {}{}status {} {} {}", location.bucket,
                                 location.endpoint, advice, advice.empty() ? "" : "; ",
                                 refusal.status, refusal.code, refusal.message),
          .retry_after = kRetryAfter};
}

}  // namespace sovereign::blob
