#include "registry/accounts/letters.hpp"

#include <fmt/format.h>

namespace sovereign::registry {

mail::Message verification_letter(const User& user, std::string_view public_url,
                                  std::string_view token) {
  return {.to = user.email,
          .subject = "Confirm your email address",
          .text = fmt::format("Hello {},\n\n"
                              "open this link within 24 hours to confirm that this address is "
                              "yours:\n\n{}/auth/verify-email?token={}\n\n"
                              "If you have not registered, ignore this letter.\n",
                              user.username, public_url, token)};
}

mail::Message recovery_letter(const User& user, std::string_view public_url,
                              std::string_view token) {
  // The token goes into the fragment: browsers send that neither to servers nor as a referrer.
  return {.to = user.email,
          .subject = "Set a new password",
          .text = fmt::format("Hello {},\n\n"
                              "somebody, we hope you, asked for a new password for your account. "
                              "Within 30 minutes you can set one here:\n\n"
                              "{}/ui/recover#token={}\n\n"
                              "or send the token to POST /api/v1/auth/recover/confirm.\n\n"
                              "If it was not you, ignore this letter; nothing has changed.\n",
                              user.username, public_url, token)};
}

}  // namespace sovereign::registry
