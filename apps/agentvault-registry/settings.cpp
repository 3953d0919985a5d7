// Reads settings from their sources and checks them.
#include "settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "http/rate_limit.hpp"
#include "sql/database.hpp"

namespace sovereign::registry_app {
namespace {

using S = Settings;

/// One value and where it came from, for messages.
struct Given {
  std::vector<std::string> values;
  std::string origin;
};

Failure refuse(const SettingRow& row, const Given& given, std::string wanted) {
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

Result<void> assign_text(const SettingRow& row, const Given& given, std::string& out) {
  const std::string& value = given.values.back();
  if (!row.choices.empty() && std::ranges::find(row.choices, value) == row.choices.end()) {
    return refuse(row, given, fmt::format("must be one of {}", fmt::join(row.choices, ", ")));
  }
  out = value;
  return {};
}

Result<void> assign_integer(const SettingRow& row, const Given& given, std::int64_t& out) {
  const std::string& value = given.values.back();
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc{} || end != value.data() + value.size() || out < row.minimum ||
      out > row.maximum) {
    return refuse(row, given,
                  fmt::format("must be a whole number from {} to {}", row.minimum, row.maximum));
  }
  return {};
}

Result<void> assign_boolean(const SettingRow& row, const Given& given, bool& out) {
  const std::string& value = given.values.back();
  if (value != "true" && value != "false" && value != "1" && value != "0") {
    return refuse(row, given, "must be true or false");
  }
  out = value == "true" || value == "1";
  return {};
}

Result<void> assign(const SettingRow& row, const Given& given, Settings& settings) {
  if (auto* text = std::get_if<std::string S::*>(&row.member))
    return assign_text(row, given, settings.**text);
  if (auto* integer = std::get_if<std::int64_t S::*>(&row.member)) {
    return assign_integer(row, given, settings.**integer);
  }
  if (auto* boolean = std::get_if<bool S::*>(&row.member))
    return assign_boolean(row, given, settings.**boolean);
  settings.*std::get<std::vector<std::string> S::*>(row.member) = given.values;
  return {};
}

bool is_list(const SettingRow& row) {
  return std::holds_alternative<std::vector<std::string> S::*>(row.member);
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

const SettingRow* find_row(std::string_view key) {
  const auto rows = setting_rows();
  const auto found = std::ranges::find(rows, key, &SettingRow::key);
  return found == rows.end() ? nullptr : &*found;
}

Result<void> read_table(const toml::table& table, const std::string& prefix,
                        const std::string& file, std::map<std::string_view, Given>& given) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const auto place = fmt::format("{}:{}", file, node.source().begin.line);
    if (const auto* inner = node.as_table()) {
      if (auto read = read_table(*inner, key + '.', file, given); !read) return read;
      continue;
    }
    const SettingRow* row = find_row(key);
    if (row == nullptr) {
      return base::fail(
          ErrorCode::unprocessable,
          fmt::format("{}: there is no setting '{}'; --print-config lists them", place, key));
    }
    auto texts = texts_of(node);
    if (!texts || (texts->size() != 1 && !is_list(*row))) {
      return base::fail(ErrorCode::unprocessable,
                        fmt::format("{} ({}): must be a single value", key, place));
    }
    given[row->key] = {std::move(*texts), place};
  }
  return {};
}

Result<void> read_file(const std::string& file, std::map<std::string_view, Given>& given) {
  try {
    return read_table(toml::parse_file(file), "", file, given);
  } catch (const toml::parse_error& error) {
    return base::fail(
        ErrorCode::unprocessable,
        fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
}

Result<void> check_environment_names(std::span<const std::string> names) {
  for (const auto& name : names) {
    if (!name.starts_with("AGENTVAULT_")) continue;
    if (name == "AGENTVAULT_CONFIG" || name == "AGENTVAULT_REGISTRY_URL")
      continue;  // The clients' variable.
    const auto rows = setting_rows();
    if (std::ranges::find(rows, name, &SettingRow::environment) != rows.end()) continue;
    return base::fail(ErrorCode::unprocessable,
                      fmt::format("{}: there is no such setting; --print-config lists them", name));
  }
  return {};
}

Result<void> check_overrides(const Settings& settings) {
  for (const auto& text : settings.rate_limit_overrides) {
    const auto equals = text.find('=');
    if (equals == std::string::npos ||
        !http::parse_rate_policy(std::string_view(text).substr(equals + 1))) {
      return base::fail(ErrorCode::unprocessable,
                        "rate_limit_overrides: each must look like auth.login=10/minute (second, "
                        "minute, hour or day)");
    }
  }
  return {};
}

Result<void> check_whole(const Settings& settings) {
  if (auto listen = parse_listen(settings.listen); !listen) return Failure(listen.error());
  if (!settings.jwt_secret_key.empty() && settings.jwt_secret_key.size() < 32) {
    return base::fail(ErrorCode::unprocessable, "auth.jwt_secret_key: must have at least 32 bytes");
  }
  if (std::ranges::find(settings.cors_origins, "*") != settings.cors_origins.end()) {
    return base::fail(ErrorCode::unprocessable,
                      "cors_origins: name the origins; '*' would let any page call the API");
  }
  return check_overrides(settings);
}

}  // namespace

Result<Settings> load_settings(const SettingSources& sources) {
  if (auto checked = check_environment_names(sources.environment_names); !checked)
    return Failure(checked.error());
  std::map<std::string_view, Given> given;
  if (!sources.file.empty()) {
    if (auto read = read_file(sources.file, given); !read) return Failure(read.error());
  }
  Settings settings;
  for (const SettingRow& row : setting_rows()) {
    const std::string name(row.environment);
    if (const char* value = sources.environment(name.c_str()); value != nullptr && *value != '\0') {
      given[row.key] = {is_list(row) ? split_list(value) : std::vector<std::string>{value}, name};
    }
    if (const auto flag = sources.flags.find(row.key);
        flag != sources.flags.end() && !flag->second.empty()) {
      given[row.key] = {flag->second, flag_of(row)};
    }
    const auto found = given.find(row.key);
    if (found == given.end()) continue;
    if (auto assigned = assign(row, found->second, settings); !assigned)
      return Failure(assigned.error());
  }
  if (!settings.public_url.empty()) settings.token_issuer = settings.public_url;
  if (settings.data_dir.empty()) settings.data_dir = default_data_dir(sources.environment);
  if (auto checked = check_whole(settings); !checked) return Failure(checked.error());
  return settings;
}

std::vector<std::string> settings_without_effect(const Environment& environment) {
  std::vector<std::string> names;
  for (const char* name : {"REDIS_URL", "FEDERATION_ENABLED"}) {
    if (environment(name) != nullptr) names.emplace_back(name);
  }
  return names;
}

std::string default_data_dir(const Environment& environment) {
  if (const char* data = environment("XDG_DATA_HOME"); data != nullptr && *data == '/') {
    return std::string(data) + "/agentvault-registry";
  }
  const char* home = environment("HOME");
  if (::geteuid() == 0 || home == nullptr || *home != '/') return "/var/lib/agentvault-registry";
  return std::string(home) + "/.local/share/agentvault-registry";
}

Result<Listen> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  Listen listen;
  if (colon != text.npos) {
    auto address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']'))
      address = address.substr(1, address.size() - 2);
    listen.address = address.empty() ? "0.0.0.0" : std::string(address);
    const auto port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
    if (!port.empty() && error == std::errc{} && end == port.data() + port.size()) return listen;
  }
  return base::fail(ErrorCode::unprocessable,
                    "listen: must be an address and a port, such as 127.0.0.1:8000");
}

}  // namespace sovereign::registry_app
