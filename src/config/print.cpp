// Settings as the TOML file that would give them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/settings.hpp"

namespace sovereign::config {
namespace {

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string toml_value(const Row& row, void* settings, Mask mask) {
  const Slot slot = row.place.in(settings);
  if (auto* const* text = std::get_if<std::string*>(&slot)) {
    const std::string& value = **text;
    return toml_string(row.secret && !value.empty() ? mask(row, value) : value);
  }
  if (auto* const* integer = std::get_if<std::int64_t*>(&slot)) return std::to_string(**integer);
  if (auto* const* boolean = std::get_if<bool*>(&slot)) return **boolean ? "true" : "false";
  std::vector<std::string> items;
  for (const auto& item : *std::get<std::vector<std::string>*>(slot)) {
    items.push_back(toml_string(item));
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace

std::string print(const Table& settings_table, void* settings, Mask mask) {
  std::string out;
  std::string table;
  for (const Row& row : settings_table.rows) {  // Keys without a table must come first in TOML.
    if (row.key.find('.') == row.key.npos) {
      out += fmt::format("# {}  ({})\n{} = {}\n", row.description, row.environment, row.key,
                         toml_value(row, settings, mask));
    }
  }
  for (const Row& row : settings_table.rows) {
    const auto dot = row.key.find('.');
    if (dot == row.key.npos) continue;
    if (table != row.key.substr(0, dot)) {
      table = row.key.substr(0, dot);
      out += fmt::format("\n[{}]\n", table);
    }
    out += fmt::format("# {}  ({})\n{} = {}\n", row.description, row.environment,
                       row.key.substr(dot + 1), toml_value(row, settings, mask));
  }
  return out;
}

}  // namespace sovereign::config
