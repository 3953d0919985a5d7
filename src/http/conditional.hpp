// Conditional requests (RFC 9110 section 13): entity tags compared as If-None-Match and If-Match
// ask.
#pragma once

#include <string_view>

#include "http/request.hpp"

namespace sovereign::http {

/// What If-Match says about a write to a resource that is at `etag` now; no header is no objection.
enum class WriteCondition { none, holds, fails };
WriteCondition check_if_match(const Request& request, std::string_view etag);

}  // namespace sovereign::http
