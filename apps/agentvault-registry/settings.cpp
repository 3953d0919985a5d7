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

constexpr std::string_view kOnOff[] = {"on", "off"};
constexpr std::string_view kAutoOnOff[] = {"auto", "on", "off"};
constexpr std::string_view kSmtpSecurity[] = {"none", "starttls", "tls"};
constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error"};
constexpr std::string_view kLogFormats[] = {"auto", "json", "text"};

using S = Settings;
const SettingRow kRows[] = {
    {"listen", "AGENTVAULT_LISTEN", &S::listen,
     "Address and port to serve on; port 0 picks a free one."},
    {"data_dir", "AGENTVAULT_DATA_DIR", &S::data_dir,
     "Folder for the database, keys and the mail outbox."},
    {"public_url", "AGENTVAULT_PUBLIC_URL", &S::public_url,
     "URL under which others reach this registry."},
    {"database.url", "DATABASE_URL", &S::database_url,
     "postgresql://user:password@host/name, or sqlite:///path; a file in data_dir when empty.",
     true},
    {"database.connections",
     "AGENTVAULT_DATABASE_CONNECTIONS",
     &S::database_connections,
     "Connections to PostgreSQL, or readers of SQLite.",
     false,
     {},
     1,
     64},
    {"auth.jwt_secret_key", "JWT_SECRET_KEY", &S::jwt_secret_key,
     "Secret that signs tokens, 32 bytes or more; made and kept in data_dir when empty.", true},
    {"auth.access_token_minutes",
     "AGENTVAULT_ACCESS_TOKEN_MINUTES",
     &S::access_token_minutes,
     "How long an access token is good.",
     false,
     {},
     1,
     30 * 24 * 60},
    {"auth.refresh_token_days",
     "AGENTVAULT_REFRESH_TOKEN_DAYS",
     &S::refresh_token_days,
     "How long a session lasts without use.",
     false,
     {},
     1,
     365},
    {"auth.require_verified_email", "AGENTVAULT_REQUIRE_VERIFIED_EMAIL", &S::require_verified_email,
     "Whether publishing needs a verified address; auto: only when SMTP is configured.", false,
     kAutoOnOff},
    {"onboarding.token_seconds",
     "AGENTVAULT_BOOTSTRAP_TOKEN_SECONDS",
     &S::bootstrap_token_seconds,
     "Default life of a bootstrap token.",
     false,
     {},
     30,
     3600},
    {"smtp.host", "AGENTVAULT_SMTP_HOST", &S::smtp_host,
     "Mail server; mail goes to data_dir/outbox when empty."},
    {"smtp.port",
     "AGENTVAULT_SMTP_PORT",
     &S::smtp_port,
     "Port of the mail server.",
     false,
     {},
     1,
     65535},
    {"smtp.security", "AGENTVAULT_SMTP_SECURITY", &S::smtp_security,
     "How the mail server is spoken to.", false, kSmtpSecurity},
    {"smtp.username", "AGENTVAULT_SMTP_USERNAME", &S::smtp_username, "Account on the mail server."},
    {"smtp.password", "AGENTVAULT_SMTP_PASSWORD", &S::smtp_password, "Its password.", true},
    {"smtp.from", "AGENTVAULT_MAIL_FROM", &S::mail_from, "Sender of mail."},
    {"rate_limits", "AGENTVAULT_RATE_LIMITS", &S::rate_limits,
     "Whether requests are limited; off for load tests.", false, kOnOff},
    {"rate_limit_overrides", "AGENTVAULT_RATE_LIMIT_OVERRIDES", &S::rate_limit_overrides,
     "Limits other than the defaults: auth.login=10/minute ..."},
    {"cors_origins", "AGENTVAULT_CORS_ORIGINS", &S::cors_origins,
     "Web origins that may call the API."},
    {"trusted_proxies", "AGENTVAULT_TRUSTED_PROXIES", &S::trusted_proxies,
     "Addresses whose X-Forwarded-For is believed."},
    {"allow_private_endpoints", "AGENTVAULT_ALLOW_PRIVATE_ENDPOINTS", &S::allow_private_endpoints,
     "Whether ownership checks may reach loopback and private addresses."},
    {"log.level", "AGENTVAULT_LOG_LEVEL", &S::log_level, "Least important line that is logged.",
     false, kLogLevels},
    {"log.format", "AGENTVAULT_LOG_FORMAT", &S::log_format,
     "auto: text on a terminal, else JSON lines.", false, kLogFormats},
    {"log.file", "AGENTVAULT_LOG_FILE", &S::log_file,
     "Log to this file (reopened on SIGHUP) instead of stderr."},
    {"log.access", "AGENTVAULT_ACCESS_LOG", &S::access_log,
     "Where requests are logged: stderr, off, or a path."},
    {"loops", "AGENTVAULT_LOOPS", &S::loops, "Event loops; 0: one a core.", false, {}, 0, 256},
    {"password_threads",
     "AGENTVAULT_PASSWORD_THREADS",
     &S::password_threads,
     "Threads that hash passwords; 0: one a core.",
     false,
     {},
     0,
     64},
    {"drain_seconds",
     "AGENTVAULT_DRAIN_SECONDS",
     &S::drain_seconds,
     "How long a stop waits for requests in flight.",
     false,
     {},
     0,
     3600},
};

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
  const auto found = std::ranges::find(kRows, key, &SettingRow::key);
  return found == std::end(kRows) ? nullptr : &*found;
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
    if (std::ranges::find(kRows, name, &SettingRow::environment) != std::end(kRows)) continue;
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

std::span<const SettingRow> setting_rows() { return kRows; }

std::string flag_of(const SettingRow& row) {
  if (row.secret) return {};
  std::string flag = "--";
  for (const char c : row.key) flag += c == '.' || c == '_' ? '-' : c;
  return flag;
}

Result<Settings> load_settings(const SettingSources& sources) {
  if (auto checked = check_environment_names(sources.environment_names); !checked)
    return Failure(checked.error());
  std::map<std::string_view, Given> given;
  if (!sources.file.empty()) {
    if (auto read = read_file(sources.file, given); !read) return Failure(read.error());
  }
  Settings settings;
  for (const SettingRow& row : kRows) {
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
  if (settings.data_dir.empty()) settings.data_dir = default_data_dir(sources.environment);
  if (auto checked = check_whole(settings); !checked) return Failure(checked.error());
  return settings;
}

std::string print_settings(const Settings& settings) {
  std::string out;
  std::string table;
  for (const SettingRow& row : kRows) {  // Keys without a table must come first in TOML.
    if (row.key.find('.') == row.key.npos) {
      out += fmt::format("# {}  ({})\n{} = {}\n", row.description, row.environment, row.key,
                         toml_value(row, settings));
    }
  }
  for (const SettingRow& row : kRows) {
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
