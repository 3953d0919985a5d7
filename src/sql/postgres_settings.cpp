#include "sql/postgres_settings.hpp"

#include <memory>
#include <string_view>

namespace sovereign::sql {
namespace {

constexpr int kOldestServer = 130000;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

bool is_port_list(const char* value) {
  return value == nullptr ||
         std::string_view(value).find_first_not_of("0123456789,") == std::string_view::npos;
}

}  // namespace

Result<void> check_conninfo(const std::string& conninfo) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(conninfo.c_str(), &message));
  PQfreemem(message);
  bool valid = options != nullptr;
  for (const auto* option = options.get(); valid && option->keyword != nullptr; ++option) {
    // An unescaped '/' in the password makes its first half a port, which libpq would quote.
    if (std::string_view(option->keyword) == "port") valid = is_port_list(option->val);
  }
  if (valid) return {};
  return base::fail(ErrorCode::malformed,
                    "The PostgreSQL URL cannot be read; escape special characters in it with %XX.");
}

PostgresConnectParameters::PostgresConnectParameters(const PostgresSettings& settings) {
  owned_.reserve(8);
  const auto seconds =
      std::max<std::int64_t>(2, std::chrono::ceil<std::chrono::seconds>(settings.timeout).count());
  // Before dbname, whose words override them.
  add("connect_timeout", fmt::format("{}", seconds));
  add("keepalives_idle", "15");
  add("keepalives_interval", "5");
  add("keepalives_count", "3");
  add("tcp_user_timeout", fmt::format("{}", 2 * settings.timeout.count()));
  add("target_session_attrs", "primary");
  add("dbname", settings.conninfo);
  add("client_encoding", "UTF8");
  keywords_.push_back(nullptr);
  values_.push_back(nullptr);
}

void PostgresConnectParameters::add(const char* keyword, std::string value) {
  keywords_.push_back(keyword);
  values_.push_back(owned_.emplace_back(std::move(value)).c_str());
}

std::string refuse_server(PGconn* connection) {
  if (PQserverVersion(connection) >= kOldestServer) return {};
  return fmt::format("PostgreSQL 13 or newer is needed, this server is version {}",
                     PQserverVersion(connection) / 10000);
}

std::string session_setup(const PostgresSettings& settings) {
  const auto limit = settings.timeout.count();
  return fmt::format(
      "SET statement_timeout = {0}; SET lock_timeout = {0}; SET "
      "idle_in_transaction_session_timeout = {1};"
      "SET default_transaction_read_only = on; SET default_transaction_isolation = 'read "
      "committed';"
      "SET extra_float_digits = 1",
      limit, 2 * limit);
}

}  // namespace sovereign::sql
