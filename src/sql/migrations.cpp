#include "sql/migrations.hpp"

#include "base/clock.hpp"
#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

constexpr std::string_view kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations("
    "number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT "
    "NULL)";

constexpr Statement kSelectApplied{
    "migrations.applied", "SELECT number, checksum FROM schema_migrations ORDER BY number"};

std::string with_sequence_type(std::string_view sql, std::string_view type) {
  constexpr std::string_view placeholder = "${SEQUENCE}";
  std::string replaced;
  for (std::size_t at = 0; (at = sql.find(placeholder)) != std::string_view::npos;) {
    replaced.append(sql.substr(0, at)).append(type);
    sql.remove_prefix(at + placeholder.size());
  }
  return replaced.append(sql);
}

std::string quoted(std::string_view words) {
  std::string literal = "'";
  for (const char c : words) literal.append(c == '\'' ? 2 : 1, c);
  return literal += '\'';
}

Result<std::vector<AppliedMigration>> read_applied(MigrationTarget& target) {
  if (auto created = target.execute(std::string(kCreateTable)); !created) {
    return std::unexpected(created.error());
  }
  const auto result = target.select(kSelectApplied);
  if (!result) return std::unexpected(result.error());
  std::vector<AppliedMigration> applied;
  for (const Row& row : result->rows) {
    applied.push_back({static_cast<int>(integer(row[0])), text(row[1])});
  }
  return applied;
}

Result<void> apply(MigrationTarget& target, const Migration& migration) {
  auto changed = target.execute(with_sequence_type(migration.sql, target.sequence_type()));
  if (!changed) {
    changed.error().context = fmt::format("migration {} ({}): {}", migration.number, migration.name,
                                          changed.error().context);
    return changed;
  }
  const auto now = base::SystemClock{}.now().time_since_epoch().count();
  return target.execute(fmt::format(
      "INSERT INTO schema_migrations(number, name, checksum, applied_at) VALUES({}, {}, {}, {})",
      migration.number, quoted(migration.name), quoted(checksum(migration)), now));
}

/// One transaction. True when a migration was applied, false when none is missing.
Result<bool> step(MigrationTarget& target, std::span<const Migration> known) {
  if (auto begun = target.begin_exclusive(); !begun) return std::unexpected(begun.error());
  const auto roll_back = [&target](Error error) -> Result<bool> {
    // The first error is the one to tell; a lost connection rolls back by itself.
    (void)target.execute("ROLLBACK");
    return std::unexpected(std::move(error));
  };
  const auto applied = read_applied(target);
  if (!applied) return roll_back(applied.error());
  const auto next = next_migration(*applied, known);
  if (!next) return roll_back(next.error());
  if (*next != nullptr) {
    if (auto changed = apply(target, **next); !changed) return roll_back(changed.error());
  }
  if (auto committed = target.execute("COMMIT"); !committed) return roll_back(committed.error());
  return *next != nullptr;
}

}  // namespace

std::string checksum(const Migration& migration) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : migration.sql)
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  return fmt::format("{:016x}", hash);
}

Result<const Migration*> next_migration(std::span<const AppliedMigration> applied,
                                        std::span<const Migration> known) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].number != static_cast<int>(i) + 1) {
      return database_bug(fmt::format("migration {} is at position {}", known[i].number, i + 1));
    }
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    if (i >= known.size()) {
      return base::fail(
          ErrorCode::unavailable,
          "The database was made by a newer version of this program; run that one.",
          fmt::format("schema {} is newer than {}", applied.back().number, known.size()));
    }
    if (applied[i].number != known[i].number || applied[i].checksum != checksum(known[i])) {
      return base::fail(ErrorCode::internal,
                        "A migration that the database already had was changed afterwards.",
                        fmt::format("migration {} ({}) differs from what was applied",
                                    known[i].number, known[i].name));
    }
  }
  return applied.size() < known.size() ? &known[applied.size()] : nullptr;
}

Result<void> apply_migrations(MigrationTarget& target, std::span<const Migration> known) {
  for (;;) {
    const auto applied_one = step(target, known);
    if (!applied_one) return std::unexpected(applied_one.error());
    if (!*applied_one) return {};
  }
}

}  // namespace sovereign::sql
