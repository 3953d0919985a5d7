// Which passwords are accepted: long enough, and none of the guesses that breach lists start with.
// Pure: works on shapes (runs, sequences, keyboard walks, repeated or common words), not on a list.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sovereign::crypto {

inline constexpr std::size_t kMinPasswordCodePoints = 12;

/// What is wrong, ready to become a base::FieldError. Both texts are constants.
struct PasswordProblem {
  std::string_view
      code;  ///< invalid_utf8, too_short, too_long, contains_nul, account_name, too_common.
  std::string_view message;  ///< One sentence that says what is wanted.

  bool operator==(const PasswordProblem&) const = default;
};

/// The account the password is for; either may be empty.
struct PasswordOwner {
  std::string_view email;
  std::string_view username;
};

/// The first problem of `password`, or nullopt when it is acceptable.
std::optional<PasswordProblem> password_problem(std::string_view password,
                                                const PasswordOwner& owner);

}  // namespace sovereign::crypto
