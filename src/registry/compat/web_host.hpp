// The host of an http URL (WHATWG URL Standard, section 3): a domain by IDNA, IPv4 in any of its
// spellings, or IPv6.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "registry/compat/web_url.hpp"

namespace sovereign::registry {

/// The host as it is printed; `text` is as between "//" and the port.
std::expected<std::string, UrlFault> parse_web_host(std::string_view text);

}  // namespace sovereign::registry
