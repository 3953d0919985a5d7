// Conditional requests (RFC 9110 section 13): entity tags compared as If-None-Match and If-Match
// ask.
#pragma once

#include <string_view>

#include "http/request.hpp"

namespace sovereign::http {

/// Whether `header` (a list of entity tags, or *) names `etag`. The weak comparison ignores W/ and
/// the suffix that the server adds to the tag of a compressed answer.
bool matches_weakly(std::string_view header, std::string_view etag);

/// The strong comparison of If-Match: W/ never matches; a compressed answer's tag does, since it
/// names the same version.
bool matches_strongly(std::string_view header, std::string_view etag);

/// What If-Match says about a write to a resource that is at `etag` now; no header is no objection.
enum class WriteCondition { none, holds, fails };
WriteCondition check_if_match(const Request& request, std::string_view etag);

}  // namespace sovereign::http
