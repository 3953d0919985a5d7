// Fills in template text: {{name|escaper}} becomes the value `name` as a literal of the language
// that the escaper names. Values are not looked at for placeholders.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace sovereign::registry {

/// A text, or a list of texts (only `json` writes lists).
using TemplateValue = std::variant<std::string, std::vector<std::string>>;
using TemplateValues = std::map<std::string, TemplateValue, std::less<>>;

/// Escapers: elixir, json, python, toml, dockerfile, shell, markdown, word (escape.hpp). Error:
/// `internal`, when the template is wrong: an unknown name or escaper, "{{" without its end, a
/// value for `word` that is none.
Result<std::string> render(std::string_view text, const TemplateValues& values);

/// The names of the values that `text` asks for.
std::vector<std::string> placeholder_names(std::string_view text);

}  // namespace sovereign::registry
