// Which names say that their value is a secret. Names are compared by whole words, split at _-. and
// space and at capitals, so that "author", "design" and "token_count" are none.
#pragma once

#include <cstdint>
#include <string_view>

namespace sovereign::core {

/// Where a name stands: in prose fewer words mean a secret than in data.
enum class NamePlace : std::uint8_t {
  member,  ///< Of a JSON object.
  label,   ///< Before '=' or ':' in a text.
  query,   ///< Before '=' in the query of a URL.
};

/// Looks at the last 128 bytes of `name`.
bool is_sensitive_name(std::string_view name, NamePlace place = NamePlace::member);

/// Whether `name` is a header whose whole line is a secret: Authorization, Cookie, Set-Cookie ...
bool is_secret_header(std::string_view name);

/// Whether the last word of `name` is password, secret or the like: even short values count.
bool is_password_name(std::string_view name);

/// Whether strings under `name` are bulk: prompt, output, stacktrace, body ...
bool is_bulk_name(std::string_view name);

}  // namespace sovereign::core
