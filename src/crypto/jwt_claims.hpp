// The JSON inside a token: header and claims, read with Boost.JSON's event parser (no tree is
// built) and without tolerance for what JSON leaves open, such as a member given twice.
#pragma once

#include <string>
#include <string_view>

#include "crypto/jwt.hpp"

namespace sovereign::crypto {

/// True when `json` is an object of exactly `"alg": "HS256"` and `"typ": "JWT"`.
bool is_hs256_header(std::string_view json);

/// The claims in `json`; nullopt unless it is one object, with an `exp`, without members given
/// twice, and each claim we know has its type (times: whole seconds from 1970 to 9999).
std::optional<Claims> parse_claims(std::string_view json);

/// The JSON of `claims`.
std::string to_json(const Claims& claims);

}  // namespace sovereign::crypto
