// Rules of text fields that several features share: URLs of agents, readable ids, plain one-line
// text.
#pragma once

#include <cstddef>
#include <string_view>

#include "json/table.hpp"

namespace sovereign::registry {

inline constexpr std::size_t kMaxUrl = 2048;  ///< Bytes; what browsers and proxies carry.

/// An absolute http or https URL (RFC 3986) of visible ASCII with a host name, IPv4 or bracketed
/// IPv6 address, a port from 1 to 65535 if any, without user information and without a fragment.
bool is_http_url(std::string_view text);

/// Something visible, and no control or text-direction characters that could forge what is shown.
bool is_plain_text(std::string_view text);

/// As kHumanReadableIdPattern: "name" or "owner/name".
bool is_human_readable_id(std::string_view text);

inline constexpr std::string_view kHumanReadableIdPattern =
    "^[A-Za-z0-9][A-Za-z0-9._~@+-]*(/[A-Za-z0-9._~@+-]*)?$";

inline constexpr json::Rule kHttpUrl{
    .code = "format",
    .message = "This must be an http or https URL without user name, password or fragment.",
    .accepts = &is_http_url,
    .format = "uri",
    .pattern = "^[Hh][Tt][Tt][Pp][Ss]?://"};

inline constexpr json::Rule kPlainText{
    .code = "characters",
    .message = "This must be one line with something visible and no control characters.",
    .accepts = &is_plain_text};

inline constexpr json::Rule kHumanReadableId{
    .code = "pattern",
    .message =
        "This must be a name or owner/name of letters, digits and ._~@+- that starts with "
        "a letter or digit.",
    .accepts = &is_human_readable_id,
    .pattern = kHumanReadableIdPattern};

}  // namespace sovereign::registry
