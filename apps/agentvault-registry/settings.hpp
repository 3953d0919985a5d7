// Every setting of the registry, with its default.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "blob/s3_protocol.hpp"
#include "config/settings.hpp"

namespace sovereign::registry_app {

struct Settings {
  std::string listen = "127.0.0.1:8000";
  std::string data_dir;    ///< default_data_dir() unless set.
  std::string public_url;  ///< "http://<listen>" unless set.
  /// The iss of access tokens; no setting: the public URL, or a constant when that follows the
  /// port.
  std::string token_issuer = "agentvault-registry";
  std::string database_url;          ///< SQLite in data_dir unless set.
  std::string database_replica_url;  ///< None unless set.
  std::int64_t database_connections = 4;
  std::string redis_url;  ///< None unless set: this process shares nothing.
  std::int64_t database_statement_timeout_ms = 5000;
  std::string jwt_secret_key;  ///< A key file in data_dir unless set.
  std::int64_t access_token_minutes = 24 * 60;
  std::int64_t refresh_token_days = 30;
  std::int64_t bootstrap_token_seconds = 300;
  std::string require_verified_email = "auto";
  std::string smtp_host;
  std::int64_t smtp_port = 587;
  std::string smtp_security = "starttls";
  std::string smtp_username;
  std::string smtp_password;
  std::string mail_from = "registry@localhost";
  std::int64_t artifacts_max_bytes = std::int64_t{256} << 20U;
  std::int64_t artifacts_agent_bytes = std::int64_t{1} << 30U;
  std::int64_t artifacts_account_bytes = std::int64_t{5} << 30U;
  std::string s3_endpoint;  ///< Artifacts are files of data_dir unless set.
  std::string s3_bucket;
  std::string s3_region = "us-east-1";
  std::string s3_access_key_id;
  std::string s3_secret_access_key;
  std::string s3_addressing = "path";
  std::string rate_limits = "on";
  std::vector<std::string> rate_limit_overrides;  ///< "auth.login=5/minute"
  std::vector<std::string> cors_origins;
  std::vector<std::string> trusted_proxies;
  bool allow_private_endpoints = false;
  bool federation_enabled = true;
  std::string federation_name;  ///< The host of public_url unless set.
  std::int64_t federation_query_timeout_ms = 2'000;
  std::int64_t federation_cache_seconds = 300;
  std::int64_t federation_max_results_per_peer = 100;
  std::string federation_key;  ///< A key file in data_dir unless set.
  bool allow_private_peers = false;
  std::string log_level = "info";
  std::string log_format = "auto";
  std::string log_file;
  std::string access_log = "stderr";
  std::int64_t loops = 0;
  std::int64_t password_threads = 0;
  std::int64_t drain_seconds = 10;
};

/// Where the S3 settings point.
blob::S3Location s3_location(const Settings& settings);

/// Every setting: the only place that knows a key, its variable, bounds and meaning.
const config::Table& setting_table();

/// Merges and checks the sources. Errors as of config::load_into().
Result<Settings> load_settings(const config::Sources& sources);

/// The result as TOML, each key with its meaning, secrets masked.
std::string print_settings(Settings settings);

/// $XDG_DATA_HOME/agentvault-registry, ~/.local/share/agentvault-registry, or
/// /var/lib/agentvault-registry for root.
std::string default_data_dir(const config::Environment& environment);

/// The host and port of "127.0.0.1:8000", "[::1]:8000" or ":8000" (all addresses).
struct Listen {
  std::string address;
  std::uint16_t port = 0;
};
Result<Listen> parse_listen(std::string_view text);

}  // namespace sovereign::registry_app
