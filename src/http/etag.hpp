// Entity tags (RFC 9110 section 8.8.3). A gzipped answer is another representation, so the strong
// tag "x" is sent as "x-gzip" with it; both forms match "x" here, which keeps If-None-Match and
// If-Match working for clients that were sent the compressed one.
#pragma once

#include <string>
#include <string_view>

namespace sovereign::http {

enum class TagComparison { weak, strong };

/// Whether the field value of an If-None-Match (weak) or If-Match (strong) names `etag`, or is `*`.
/// `etag` is the handler's, with its quotes.
bool names_etag(std::string_view field_value, std::string_view etag, TagComparison comparison);

/// The tag of the gzipped representation: `"x"` to `"x-gzip"`; weak tags stay as they are.
std::string gzip_etag(std::string_view etag);

}  // namespace sovereign::http
