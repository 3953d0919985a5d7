#include "registry/templates/render.hpp"

#include <array>
#include <optional>

#include "registry/templates/escape.hpp"

namespace sovereign::registry {
namespace {

using base::fail;

std::optional<std::string> escape_with(std::string_view escaper, std::string_view text) {
  using Escape = std::string (*)(std::string_view);
  struct Entry {
    std::string_view name;
    Escape escape;
  };
  static constexpr std::array kEscapers = {
      Entry{"elixir", &escape::elixir},    Entry{"json", &escape::json},
      Entry{"python", &escape::python},    Entry{"toml", &escape::toml},
      Entry{"shell", &escape::shell},      Entry{"dockerfile", &escape::dockerfile},
      Entry{"markdown", &escape::markdown}};
  for (const auto& entry : kEscapers) {
    if (entry.name == escaper) return entry.escape(text);
  }
  return escaper == "word" ? escape::word(text) : std::nullopt;
}

std::string json_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ", ";
    out += escape::json(item);
  }
  return out + "]";
}

struct Placeholder {
  std::string_view name;
  std::string_view escaper;
};

struct Piece {
  std::string_view text;  ///< Before the placeholder.
  std::optional<Placeholder> placeholder;
};

/// Takes the next piece from the front of `text`; nullopt for "{{" that begins no placeholder.
std::optional<Piece> next_piece(std::string_view& text) {
  const auto open = text.find("{{");
  if (open == text.npos) {
    const Piece last{text, std::nullopt};
    text = {};
    return last;
  }
  const auto close = text.find("}}", open);
  const auto bar = text.find('|', open);
  if (close == text.npos || bar > close) return std::nullopt;
  const Piece piece{text.substr(0, open), Placeholder{text.substr(open + 2, bar - open - 2),
                                                      text.substr(bar + 1, close - bar - 1)}};
  text.remove_prefix(close + 2);
  return piece;
}

std::optional<std::string> value_of(const Placeholder& placeholder, const TemplateValues& values) {
  const auto found = values.find(placeholder.name);
  if (found == values.end()) return std::nullopt;
  if (const auto* list = std::get_if<std::vector<std::string>>(&found->second)) {
    return placeholder.escaper == "json" ? std::optional(json_list(*list)) : std::nullopt;
  }
  return escape_with(placeholder.escaper, std::get<std::string>(found->second));
}

}  // namespace

Result<std::string> render(std::string_view text, const TemplateValues& values) {
  std::string out;
  while (!text.empty()) {
    const auto piece = next_piece(text);
    if (!piece) return fail(ErrorCode::internal, "The template is broken.", "open placeholder");
    out += piece->text;
    if (!piece->placeholder) continue;
    const auto value = value_of(*piece->placeholder, values);
    if (!value) {
      return fail(ErrorCode::internal, "The template is broken.",
                  "placeholder " + std::string(piece->placeholder->name) + "|" +
                      std::string(piece->placeholder->escaper));
    }
    out += *value;
  }
  return out;
}

std::vector<std::string> placeholder_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto piece = next_piece(text);
    if (!piece) break;
    if (piece->placeholder) names.emplace_back(piece->placeholder->name);
  }
  return names;
}

}  // namespace sovereign::registry
