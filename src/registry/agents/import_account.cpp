#include "registry/agents/import_account.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

constexpr std::string_view kId = "00000000-0000-4000-8000-000000000001";

constexpr sql::Statement kEnsure{
    "import.ensure_account",
    "INSERT INTO users (id, email, email_key, username, username_key, password_hash, role, "
    "is_active, is_verified, created_at, updated_at) "
    "VALUES ($1, 'import@registry.invalid', ' import', 'import', ' import', '!', 'developer', 0, "
    "0, $2, $2) ON CONFLICT (id) DO NOTHING"};

}  // namespace

Task<UserId> ensure_import_account(sql::Database& database, const Clock& clock) {
  sql::Write write;
  write.calls.push_back({kEnsure, {std::string(kId), clock.now().time_since_epoch().count()}});
  auto writing = database.write(std::move(write));
  const auto written = co_await std::move(writing);
  if (!written) co_return Failure(written.error());
  co_return *UserId::parse(kId);
}

}  // namespace sovereign::registry
