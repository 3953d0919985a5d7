#include "core/migrations.hpp"

namespace sovereign::core {
namespace {

constexpr char kCatalog[] = {
#embed "../../db/core/0001_catalog.sql"
};
constexpr char kAudit[] = {
#embed "../../db/core/0002_audit.sql"
};
constexpr char kPermissions[] = {
#embed "../../db/core/0003_permissions.sql"
};
constexpr char kInstall[] = {
#embed "../../db/core/0004_install.sql"
};
constexpr char kRuns[] = {
#embed "../../db/core/0005_runs.sql"
};
constexpr char kTools[] = {
#embed "../../db/core/0006_tools.sql"
};

constexpr sql::Migration kMigrations[] = {
    {.number = 1, .name = "catalog", .sql = {kCatalog, sizeof kCatalog}},
    {.number = 2, .name = "audit", .sql = {kAudit, sizeof kAudit}},
    {.number = 3, .name = "permissions", .sql = {kPermissions, sizeof kPermissions}},
    {.number = 4, .name = "install", .sql = {kInstall, sizeof kInstall}},
    {.number = 5, .name = "runs", .sql = {kRuns, sizeof kRuns}},
    {.number = 6, .name = "tools", .sql = {kTools, sizeof kTools}},
};

}  // namespace

std::span<const sql::Migration> migrations() { return kMigrations; }

}  // namespace sovereign::core
