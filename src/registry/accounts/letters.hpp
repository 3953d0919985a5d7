// The texts of the letters that accounts get.
#pragma once

#include <string>
#include <string_view>

#include "mail/mailer.hpp"
#include "registry/accounts/types.hpp"

namespace sovereign::registry {

/// `public_url` of the registry, without a final slash.
mail::Message verification_letter(const User& user, std::string_view public_url,
                                  std::string_view token);
mail::Message recovery_letter(const User& user, std::string_view public_url,
                              std::string_view token);

}  // namespace sovereign::registry
