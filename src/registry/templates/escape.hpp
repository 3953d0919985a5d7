// User text as literals of the languages that starter projects are written in. Each function
// returns the whole literal with its quotes, so that a template cannot forget them. Input is valid
// UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sovereign::registry::escape {

// Characters that are not seen or turn the direction of text (U+0000-1F, U+7F-9F, U+200B-F,
// U+2028-2E, U+2060-6F, U+FEFF ...) are written as escapes where the language has them: what a
// reviewer sees of the generated source is what it says.

/// "..." with \" \\ \#{ and \u{...}.
std::string elixir(std::string_view text);
/// "..." of RFC 8259, also a flow scalar of YAML.
std::string json(std::string_view text);
/// "..." with \" \\ \uXXXX and \UXXXXXXXX.
std::string python(std::string_view text);
/// A basic string of TOML 1.0.
std::string toml(std::string_view text);
/// "..." of a Dockerfile's LABEL or ENV: no substitution, on one line.
std::string dockerfile(std::string_view text);
/// '...' of a POSIX shell, a single word.
std::string shell(std::string_view text);
/// Plain text of CommonMark on one line: no markup, no HTML, no quotes added.
std::string markdown(std::string_view text);

/// `text` itself, when it is only [A-Za-z0-9_.-]: what is safe in every language above and in
/// paths.
std::optional<std::string> word(std::string_view text);

}  // namespace sovereign::registry::escape
