// Settings as the TOML file that would give them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "settings.hpp"
#include "sql/database.hpp"

namespace sovereign::registry_app {
namespace {

using S = Settings;

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string toml_value(const SettingRow& row, const Settings& settings) {
  if (const auto* text = std::get_if<std::string S::*>(&row.member)) {
    const std::string& value = settings.**text;
    if (!row.secret || value.empty()) return toml_string(value);
    return toml_string(row.key == "database.url" ? sql::mask_password(value) : "***");
  }
  if (const auto* integer = std::get_if<std::int64_t S::*>(&row.member))
    return std::to_string(settings.**integer);
  if (const auto* boolean = std::get_if<bool S::*>(&row.member))
    return settings.**boolean ? "true" : "false";
  std::vector<std::string> items;
  for (const auto& item : settings.*std::get<std::vector<std::string> S::*>(row.member)) {
    items.push_back(toml_string(item));
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace

std::string print_settings(const Settings& settings) {
  std::string out;
  std::string table;
  for (const SettingRow& row : setting_rows()) {  // Keys without a table must come first in TOML.
    if (row.key.find('.') == row.key.npos) {
      out += fmt::format("# {}  ({})\n{} = {}\n", row.description, row.environment, row.key,
                         toml_value(row, settings));
    }
  }
  for (const SettingRow& row : setting_rows()) {
    const auto dot = row.key.find('.');
    if (dot == row.key.npos) continue;
    if (table != row.key.substr(0, dot)) {
      table = row.key.substr(0, dot);
      out += fmt::format("\n[{}]\n", table);
    }
    out += fmt::format("# {}  ({})\n{} = {}\n", row.description, row.environment,
                       row.key.substr(dot + 1), toml_value(row, settings));
  }
  return out;
}

}  // namespace sovereign::registry_app
