// Reads the registry's settings and checks what no single one tells.
#include "settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "cache/redis_url.hpp"
#include "http/rate_limit.hpp"
#include "registry/federation/key.hpp"
#include "sql/database.hpp"

namespace sovereign::registry_app {
namespace {

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

Result<void> check_redis_url(const std::string& text) {
  if (text.empty()) return {};
  const auto url = cache::parse_redis_url(text);
  if (!url) return base::fail(ErrorCode::unprocessable, "redis.url: " + url.error().detail);
  return {};
}

Result<void> check_s3(const Settings& settings) {
  if (settings.s3_endpoint.empty()) {
    if (settings.s3_bucket.empty()) return {};
    return base::fail(ErrorCode::unprocessable, "s3.endpoint: s3.bucket needs it");
  }
  if (auto checked = blob::check_s3_location(s3_location(settings)); !checked) return checked;
  if (settings.s3_access_key_id.empty() || settings.s3_secret_access_key.empty()) {
    return base::fail(ErrorCode::unprocessable,
                      "s3.access_key_id, s3.secret_access_key: s3.endpoint needs both");
  }
  return {};
}

Result<void> check_whole(const Settings& settings) {
  if (auto listen = parse_listen(settings.listen); !listen) return Failure(listen.error());
  if (!settings.jwt_secret_key.empty() && settings.jwt_secret_key.size() < 32) {
    return base::fail(ErrorCode::unprocessable, "auth.jwt_secret_key: must have at least 32 bytes");
  }
  if (!settings.federation_key.empty() &&
      settings.federation_key.size() < registry::FederationKey::kMinBytes) {
    return base::fail(ErrorCode::unprocessable, "federation.key: must have at least 32 bytes");
  }
  if (std::ranges::find(settings.cors_origins, "*") != settings.cors_origins.end()) {
    return base::fail(ErrorCode::unprocessable,
                      "cors_origins: name the origins; '*' would let any page call the API");
  }
  if (auto redis = check_redis_url(settings.redis_url); !redis) return redis;
  if (auto s3 = check_s3(settings); !s3) return s3;
  return check_overrides(settings);
}

}  // namespace

Result<Settings> load_settings(const config::Sources& sources) {
  auto settings = config::load<Settings>(setting_table(), sources);
  if (!settings) return settings;
  if (!settings->public_url.empty()) settings->token_issuer = settings->public_url;
  if (settings->data_dir.empty()) settings->data_dir = default_data_dir(sources.environment);
  if (auto checked = check_whole(*settings); !checked) return Failure(checked.error());
  return settings;
}

blob::S3Location s3_location(const Settings& settings) {
  std::string endpoint = settings.s3_endpoint;
  if (endpoint.ends_with('/')) endpoint.pop_back();
  return {.endpoint = std::move(endpoint),
          .bucket = settings.s3_bucket,
          .addressing = settings.s3_addressing == "virtual" ? blob::S3Addressing::virtual_host
                                                            : blob::S3Addressing::path};
}

std::string print_settings(Settings settings) {
  return config::print(
      setting_table(), &settings, [](const config::Row& row, const std::string& value) {
        return row.key.starts_with("database.") ? sql::mask_password(value) : std::string("***");
      });
}

std::string default_data_dir(const config::Environment& environment) {
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
