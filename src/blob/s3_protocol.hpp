// What S3 says and is told, without sending anything: URLs, the little XML there is, and what an
// error means (Amazon S3 API reference, 2006-03-01).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "blob/types.hpp"

namespace sovereign::blob {

/// Where the bucket's name goes: into the path, or before the host's name.
enum class S3Addressing : std::uint8_t { path, virtual_host };

struct S3Location {
  std::string endpoint;  ///< "https://s3.eu-central-1.amazonaws.com", as check_s3_location() takes.
  std::string bucket;
  S3Addressing addressing = S3Addressing::path;
};

/// Error: `unprocessable`, saying what is wrong with which of them.
Result<void> check_s3_location(const S3Location& location);

/// The URL of an object; `query` is sorted by name and encoded, each name with its "=".
std::string s3_url(const S3Location& location, std::string_view key, std::string_view query = {});

/// The text of the first element of this name, with the five entities resolved; empty for none.
std::string xml_text(std::string_view document, std::string_view element);

/// The document that completes an upload of parts, whose tags are in order.
std::string completion_of(std::span<const std::string> part_tags);

/// An answer that is no success. `code` is S3's own, such as "NoSuchKey".
struct S3Refusal {
  int status = 0;
  std::string code;
  std::string message;
};
S3Refusal read_refusal(int status, std::string_view body);

/// Whether the same request may succeed in a moment.
bool may_succeed_later(const S3Refusal& refusal);

/// What the caller of a store is told; the context says what the operator has to look at.
Error error_of(const S3Refusal& refusal, const S3Location& location);

}  // namespace sovereign::blob
