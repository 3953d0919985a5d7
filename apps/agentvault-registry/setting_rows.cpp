// The table of settings: the only place that knows a key, its variable, bounds and meaning.
#include "settings.hpp"

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

}  // namespace

std::span<const SettingRow> setting_rows() { return kRows; }

std::string flag_of(const SettingRow& row) {
  if (row.secret) return {};
  std::string flag = "--";
  for (const char c : row.key) flag += c == '.' || c == '_' ? '-' : c;
  return flag;
}

}  // namespace sovereign::registry_app
