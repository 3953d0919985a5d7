#include "registry/accounts/names.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "mail/message_format.hpp"

namespace sovereign::registry {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

bool is_email(std::string_view text) {
  // A host without a dot is a machine in someone's own network.
  const auto at = text.find('@');
  return mail::is_address(text) && text.find('.', at) != text.npos;
}

bool is_username(std::string_view text) {
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         std::ranges::none_of(text, is_control);
}

std::string fold_email(std::string_view email) { return base::to_lower_ascii(email); }

std::string fold_username(std::string_view username) { return base::to_lower_ascii(username); }

constinit const json::Rule kEmailRule{"email", "This must be an email address.", &is_email,
                                      "email"};

constinit const json::Rule kUsernameRule{
    "username", "This may not hold control characters, or spaces at its ends.", &is_username};

}  // namespace sovereign::registry
