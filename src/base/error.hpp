// The one error type of the project. Expected failures travel as values (Result<T>); an Error has
// a closed code for machines, a detail that may be shown to the client, and a context for the log.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sovereign::base {

/// Why something failed, by what the caller can do about it. Maps to an HTTP status, a CLI exit
/// code and a protocol code in one exhaustive switch each.
enum class ErrorCode {
  malformed,        ///< The input is not of its format at all (bad JSON, bad percent-encoding).
  unprocessable,    ///< Well-formed, but against a rule; `fields` says which members.
  unauthenticated,  ///< Credentials are missing, wrong or expired.
  forbidden,        ///< Known caller, not allowed.
  not_found,
  method_not_allowed,
  not_acceptable,
  conflict,             ///< Against the current state: taken, used, already there.
  precondition_failed,  ///< If-Match named another version.
  too_large,            ///< A body or a value over its limit.
  unsupported_media,
  headers_too_large,
  too_many_requests,  ///< Over a rate limit; `retry_after` says when to come back.
  timed_out,          ///< The caller was too slow, or a deadline passed.
  unavailable,        ///< A dependency is away or a queue is full; trying again may help.
  internal,           ///< Our fault.
};

/// The code's name in lower snake case, as used in logs and problem types.
std::string_view to_string(ErrorCode code);

/// One rejected member of a request. Never holds the rejected value.
struct FieldError {
  std::string pointer;  ///< RFC 6901 pointer into the body, or "?name" for a query parameter.
  std::string code;     ///< Stable machine word: required, type, too_short, pattern, unknown ...
  std::string message;  ///< One sentence that says what is wanted.

  bool operator==(const FieldError&) const = default;
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string detail;              ///< Safe for the client: one sentence, says what to do.
  std::string context;             ///< For the log only; may name internals, never secrets.
  std::vector<FieldError> fields;  ///< With `unprocessable`.
  std::optional<std::chrono::seconds> retry_after;
  /// A stable dotted code such as "agent.not_built", where a protocol defines one; a constant, or
  /// empty.
  std::string_view name = {};

  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;

using Failure = std::unexpected<Error>;

/// `return fail(ErrorCode::not_found, "No agent has this id.");`
Failure fail(ErrorCode code, std::string detail, std::string context = {});

/// An `unprocessable` error about one member.
Failure fail_field(std::string pointer, std::string field_code, std::string message);

}  // namespace sovereign::base

namespace sovereign {
using base::Error;
using base::ErrorCode;
using base::Failure;
using base::Result;
}  // namespace sovereign
