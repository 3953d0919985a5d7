#include "http/problem.hpp"

#include <fmt/format.h>

#include <string>

#include "http/status.hpp"
#include "json/write.hpp"

namespace sovereign::http {
namespace {

constexpr std::string_view kValidationError = "validation_error";

void write_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  json::write_string(out, value);
}

constexpr std::string_view kNoType = "about:blank";

/// A stable word for the kind of problem; RFC 9457 wants a URI reference.
std::string problem_type(std::string_view program, std::string_view word) {
  if (program.empty()) return std::string(kNoType);
  return fmt::format("urn:{}:problem:{}", program, word);
}

/// The same once more, for clients of earlier registries, which look for it in `error`.
void write_envelope(std::string& out, std::string_view type, std::string_view detail,
                    std::span<const base::FieldError> fields) {
  out += ",\"error\":{\"detail\":";
  json::write_string(out, detail);
  write_member(out, "type", type);
  if (type == kValidationError) write_member(out, "code", "VALIDATION_FAILED");
  if (!fields.empty()) write_member(out, "field", fields.front().pointer);
  out += '}';
}

/// The kind of problem as those clients know it.
std::string_view old_type(int status, std::string_view type) {
  if (status == 422) return kValidationError;
  if (type != "about:blank") return type.substr(type.rfind(':') + 1);
  return status == 404 ? "not_found" : status == 405 ? "method_not_allowed" : "http_error";
}

Response render(int status, std::string_view type, std::string_view detail, const Request& request,
                std::span<const base::FieldError> fields, std::string_view code = {}) {
  std::string body = "{\"type\":";
  json::write_string(body, type);
  write_member(body, "title", reason_phrase(status));
  body += fmt::format(",\"status\":{}", status);
  write_member(body, "detail", detail);
  write_member(body, "instance", request.path);
  write_member(body, "request_id", request.id);
  if (!code.empty()) write_member(body, "code", code);
  if (!fields.empty()) {
    body += ",\"errors\":[";
    for (const auto& field : fields) {
      if (body.back() != '[') body += ',';
      body += "{\"pointer\":";
      json::write_string(body, field.pointer);
      write_member(body, "code", field.code);
      write_member(body, "message", field.message);
      body += '}';
    }
    body += ']';
  }
  write_envelope(body, old_type(status, type), detail, fields);
  body += '}';
  return Response{.status = status, .content_type = kProblemJson, .body = std::move(body)};
}

}  // namespace

int to_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed: return 400;
    case ErrorCode::unprocessable: return 422;
    case ErrorCode::unauthenticated: return 401;
    case ErrorCode::forbidden: return 403;
    case ErrorCode::not_found: return 404;
    case ErrorCode::method_not_allowed: return 405;
    case ErrorCode::not_acceptable: return 406;
    case ErrorCode::conflict: return 409;
    case ErrorCode::precondition_failed: return 412;
    case ErrorCode::too_large: return 413;
    case ErrorCode::unsupported_media: return 415;
    case ErrorCode::headers_too_large: return 431;
    case ErrorCode::too_many_requests: return 429;
    case ErrorCode::timed_out: return 408;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::internal: return 500;
  }
  return 500;
}

Response problem(const Error& error, const Request& request) {
  const int status = to_status(error.code);
  const auto type = problem_type(request.problem_namespace, base::to_string(error.code));
  auto response = render(status, type, error.detail, request, error.fields, error.name);
  if (error.retry_after) {
    response.headers.push_back({"Retry-After", std::to_string(error.retry_after->count())});
  } else if (status == 503) {
    response.headers.push_back({"Retry-After", "1"});
  }
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

Response problem(int status, std::string_view detail, const Request& request) {
  auto response = render(status, kNoType, detail, request, {});
  if (status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace sovereign::http
