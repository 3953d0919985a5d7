// What texts of strangers may hold before people see them, and URLs without secrets.
#pragma once

#include <string>
#include <string_view>

namespace sovereign::core {

enum class Lines { one, several };

/// UTF-8 without control characters (line feeds and tabs pass with Lines::several), without the
/// characters that turn the direction of text, and without invisible ones: what is shown is what is
/// there, and a terminal is not steered.
bool is_plain_text(std::string_view text, Lines lines = Lines::one);

/// `url` without the user information of scheme://user:password@host. The scp form git@host:path
/// has no secret and stays.
std::string strip_user_information(std::string_view url);

}  // namespace sovereign::core
