// The caller's trace, as W3C Trace Context hands it on: it joins our log lines to theirs.
#pragma once

#include <string_view>

namespace sovereign::http {

/// The trace-id of a well-formed `traceparent` header (32 lower-case hexadecimal digits, not all
/// zero), else empty. Versions other than 00 may carry more fields, which are ignored.
std::string_view trace_id_of(std::string_view traceparent);

}  // namespace sovereign::http
