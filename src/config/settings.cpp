#include "config/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace sovereign::config {
namespace {

/// One value and where it came from, for messages.
struct Given {
  std::vector<std::string> values;
  std::string origin;
};

Failure refuse(const Row& row, const Given& given, std::string wanted) {
  return base::fail(ErrorCode::unprocessable,
                    fmt::format("{} ({}): {}", row.key, given.origin, wanted));
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    if (end > 0) items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

Result<void> assign_text(const Row& row, const Given& given, std::string& out) {
  const std::string& value = given.values.back();
  if (!row.choices.empty() && std::ranges::find(row.choices, value) == row.choices.end()) {
    return refuse(row, given, fmt::format("must be one of {}", fmt::join(row.choices, ", ")));
  }
  out = value;
  return {};
}

Result<void> assign_integer(const Row& row, const Given& given, std::int64_t& out) {
  const std::string& value = given.values.back();
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc{} || end != value.data() + value.size() || out < row.minimum ||
      out > row.maximum) {
    return refuse(row, given,
                  fmt::format("must be a whole number from {} to {}", row.minimum, row.maximum));
  }
  return {};
}

Result<void> assign_boolean(const Row& row, const Given& given, bool& out) {
  const std::string& value = given.values.back();
  if (value != "true" && value != "false" && value != "1" && value != "0") {
    return refuse(row, given, "must be true or false");
  }
  out = value == "true" || value == "1";
  return {};
}

Result<void> assign(const Row& row, const Given& given, void* settings) {
  const Slot slot = row.place.in(settings);
  if (auto* const* text = std::get_if<std::string*>(&slot)) return assign_text(row, given, **text);
  if (auto* const* integer = std::get_if<std::int64_t*>(&slot)) {
    return assign_integer(row, given, **integer);
  }
  if (auto* const* boolean = std::get_if<bool*>(&slot))
    return assign_boolean(row, given, **boolean);
  *std::get<std::vector<std::string>*>(slot) = given.values;
  return {};
}

/// The TOML value as the text that an environment variable would hold; nullopt for tables and such.
std::optional<std::vector<std::string>> texts_of(const toml::node& node) {
  if (const auto* array = node.as_array()) {
    std::vector<std::string> texts;
    for (const auto& item : *array) {
      if (!item.is_string()) return std::nullopt;
      texts.push_back(**item.as_string());
    }
    return texts;
  }
  if (const auto* text = node.as_string()) return std::vector{**text};
  if (const auto* integer = node.as_integer()) return std::vector{std::to_string(**integer)};
  if (const auto* boolean = node.as_boolean())
    return std::vector<std::string>{**boolean ? "true" : "false"};
  return std::nullopt;
}

const Row* find_row(const Table& table, std::string_view key) {
  const auto found = std::ranges::find(table.rows, key, &Row::key);
  return found == table.rows.end() ? nullptr : &*found;
}

Result<void> read_table(const Table& settings, const toml::table& table, const std::string& prefix,
                        const std::string& file, std::map<std::string_view, Given>& given) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const auto place = fmt::format("{}:{}", file, node.source().begin.line);
    if (const auto* inner = node.as_table()) {
      if (auto read = read_table(settings, *inner, key + '.', file, given); !read) return read;
      continue;
    }
    const Row* row = find_row(settings, key);
    if (row == nullptr) {
      return base::fail(
          ErrorCode::unprocessable,
          fmt::format("{}: there is no setting '{}'; --print-config lists them", place, key));
    }
    auto texts = texts_of(node);
    if (!texts || (texts->size() != 1 && !row->place.is_list)) {
      return base::fail(ErrorCode::unprocessable,
                        fmt::format("{} ({}): must be a single value", key, place));
    }
    given[row->key] = {std::move(*texts), place};
  }
  return {};
}

Result<void> read_file(const Table& settings, const std::string& file,
                       std::map<std::string_view, Given>& given) {
  try {
    return read_table(settings, toml::parse_file(file), "", file, given);
  } catch (const toml::parse_error& error) {
    return base::fail(
        ErrorCode::unprocessable,
        fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
}

Result<void> check_environment_names(const Table& table, std::span<const std::string> names) {
  for (const auto& name : names) {
    if (!name.starts_with(table.environment_prefix)) continue;
    if (std::ranges::find(table.other_environment, name) != table.other_environment.end()) continue;
    if (std::ranges::find(table.rows, name, &Row::environment) != table.rows.end()) continue;
    return base::fail(ErrorCode::unprocessable,
                      fmt::format("{}: there is no such setting; --print-config lists them", name));
  }
  return {};
}

}  // namespace

std::string flag_of(const Row& row) {
  if (row.secret) return {};
  std::string flag = "--";
  for (const char c : row.key) flag += c == '.' || c == '_' ? '-' : c;
  return flag;
}

Result<void> load_into(const Table& table, const Sources& sources, void* settings) {
  if (auto checked = check_environment_names(table, sources.environment_names); !checked)
    return checked;
  std::map<std::string_view, Given> given;
  if (!sources.file.empty()) {
    if (auto read = read_file(table, sources.file, given); !read) return read;
  }
  for (const Row& row : table.rows) {
    const std::string name(row.environment);
    if (const char* value = sources.environment(name.c_str()); value != nullptr && *value != '\0') {
      given[row.key] = {row.place.is_list ? split_list(value) : std::vector<std::string>{value},
                        name};
    }
    if (const auto flag = sources.flags.find(row.key);
        flag != sources.flags.end() && !flag->second.empty()) {
      given[row.key] = {flag->second, flag_of(row)};
    }
    const auto found = given.find(row.key);
    if (found == given.end()) continue;
    if (auto assigned = assign(row, found->second, settings); !assigned) return assigned;
  }
  return {};
}

}  // namespace sovereign::config
