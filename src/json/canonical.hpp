// The canonical form of a JSON value (RFC 8785, JCS): the bytes that digests and signatures cover.
#pragma once

#include <string>

#include "json/parse.hpp"

namespace sovereign::json {

/// `value` without space, members sorted by UTF-16 code units, numbers as ECMAScript prints them.
std::string canonical(const Value& value);

}  // namespace sovereign::json
