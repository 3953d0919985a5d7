// Making foreign bytes fit for a database and for JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sovereign::core {

/// `text` with every byte that is no part of well-formed UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string text);

/// The largest size up to `limit` at which `text` can be cut without cutting a character.
std::size_t utf8_floor(std::string_view text, std::size_t limit);

}  // namespace sovereign::core
