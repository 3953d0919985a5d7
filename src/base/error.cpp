#include "base/error.hpp"

#include <utility>

namespace sovereign::base {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed: return "malformed";
    case ErrorCode::unprocessable: return "unprocessable";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::method_not_allowed: return "method_not_allowed";
    case ErrorCode::not_acceptable: return "not_acceptable";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::precondition_failed: return "precondition_failed";
    case ErrorCode::too_large: return "too_large";
    case ErrorCode::unsupported_media: return "unsupported_media";
    case ErrorCode::headers_too_large: return "headers_too_large";
    case ErrorCode::too_many_requests: return "too_many_requests";
    case ErrorCode::timed_out: return "timed_out";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

Failure fail(ErrorCode code, std::string detail, std::string context) {
  return Failure(Error{.code = code, .detail = std::move(detail), .context = std::move(context)});
}

Failure fail_field(std::string pointer, std::string field_code, std::string message) {
  Error error{.code = ErrorCode::unprocessable, .detail = "The request has an invalid field."};
  error.fields.push_back({std::move(pointer), std::move(field_code), std::move(message)});
  return Failure(std::move(error));
}

}  // namespace sovereign::base
