// Errors as clients see them: problem details (RFC 9457).
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace sovereign::http {

/// The status that says what `code` says.
int to_status(ErrorCode code);

/// application/problem+json for `error`, with the request's id; its type is
/// `urn:<program>:problem:<word of the code>`. Adds Retry-After and
/// WWW-Authenticate where the status asks for them. Never holds Error::context.
Response problem(const Error& error, const Request& request);

/// The same for a status that has no Error (405, 431, 501 ...).
Response problem(int status, std::string_view detail, const Request& request);

}  // namespace sovereign::http
