// The rules that email addresses and user names follow, and the folded forms that must be unique.
#pragma once

#include <string>
#include <string_view>

#include "json/table.hpp"

namespace sovereign::registry {

/// An address as RFC 5321 delivers it: a dot-atom local part of at most 64 ASCII characters, and a
/// domain of at least two labels (IDNA in its A-form). No quoted parts, comments or literals.
bool is_email(std::string_view text);

/// 3 to 100 characters are the table's business; here: no control characters, and no space at
/// either end.
bool is_username(std::string_view text);

/// What must be unique. ASCII letters fold; all else is compared as it is.
std::string fold_email(std::string_view email);
std::string fold_username(std::string_view username);

extern const json::Rule kEmailRule;
extern const json::Rule kUsernameRule;

}  // namespace sovereign::registry
