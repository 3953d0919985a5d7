// The schema's history: which migrations a database has had, and applying those it has not.
//
// Each migration is one transaction that first takes the engine's lock and then looks again at what
// is applied, so processes that start together apply each one once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/database.hpp"

namespace sovereign::sql {

/// A row of schema_migrations.
struct AppliedMigration {
  int number = 0;
  std::string checksum;
};

/// What an engine brings. All of it blocks.
class MigrationTarget {
 public:
  virtual ~MigrationTarget() = default;
  /// Starts a transaction that no other process's migration shares; waits for theirs.
  virtual Result<void> begin_exclusive() = 0;
  /// Runs SQL text with any number of statements.
  virtual Result<void> execute(const std::string& sql) = 0;
  /// Runs a SELECT of (integer, text) rows in the open transaction.
  virtual Result<ResultSet> select(const Statement& statement) = 0;
  /// What ${SEQUENCE} stands for.
  virtual std::string_view sequence_type() const = 0;
};

/// 64-bit FNV-1a of the SQL, in hex: finds edits made by mistake, not by an enemy.
std::string checksum(const Migration& migration);

/// The next migration to apply, nullptr when there is none. Errors: the database is newer than
/// `known` (`unavailable`: run the newer program), an applied one was edited since, or `known` has
/// gaps (`internal`).
Result<const Migration*> next_migration(std::span<const AppliedMigration> applied,
                                        std::span<const Migration> known);

/// Applies all that are missing, in order.
Result<void> apply_migrations(MigrationTarget& target, std::span<const Migration> known);

}  // namespace sovereign::sql
