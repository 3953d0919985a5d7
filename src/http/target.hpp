// Request targets and hosts (RFC 9112 section 3.2, RFC 3986), checked without being decoded.
#pragma once

#include <optional>
#include <string_view>

#include "http/request.hpp"

namespace sovereign::http {

struct TargetParts {
  std::string_view path;       ///< "/..." or, for OPTIONS, "*".
  std::string_view query;      ///< Without '?'.
  std::string_view authority;  ///< Of an absolute-form target, else empty.
};

/// Only characters that RFC 3986 lets into a path or query, or that browsers send in them:
/// printable ASCII without `# " < > \`.
bool has_target_characters(std::string_view target);

/// Splits an origin-form, absolute-form (http and https) or, for OPTIONS, asterisk-form target.
/// nullopt for every other form, and for a path whose percent-encoding is broken or encodes NUL.
std::optional<TargetParts> split_target(Method method, std::string_view target);

/// A Host value: name, IPv4 or [IPv6], with an optional port. Not empty, no user information.
bool is_valid_host(std::string_view host);

}  // namespace sovereign::http
