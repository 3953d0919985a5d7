// Bootstrap tokens as text (seed: Bootstrap Token Security): "BST_" and 32 characters of
// [A-Za-z0-9], 190 bits. Only a digest is stored, so reading the database does not let anybody
// onboard.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace sovereign::registry {

inline constexpr std::string_view kBootstrapPrefix = "BST_";
inline constexpr std::size_t kBootstrapSecretLength = 32;

std::string make_bootstrap_token(base::Random& random);

/// What is stored of `token`, in hex; the prefix may be in either case. nullopt when it has not the
/// form of a token, so that nothing needs to be looked up.
std::optional<std::string> bootstrap_token_digest(std::string_view token);

}  // namespace sovereign::registry
