#include "http/endpoint.hpp"

namespace sovereign::http {

Result<void> expect_json(const Request& request) {
  const auto type = media_type(request.header("Content-Type"));
  if (type.empty() || type == kJson ||
      (type.starts_with("application/") && type.ends_with("+json")))
    return {};
  return base::fail(ErrorCode::unsupported_media,
                    "Send the body as JSON, with Content-Type: application/json.");
}

}  // namespace sovereign::http
