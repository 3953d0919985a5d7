// What chains the audit log's rows: the hash of a row, and the SQL functions by which the statement
// of audit_row() redacts and hashes inside the transaction. Rollback, group commit and concurrent
// writers thus cannot break the chain.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/redaction/redactor.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// The "previous hash" of the first row.
inline constexpr std::string_view kChainStart =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// What a row's hash begins with, so that it is the hash of nothing else.
inline constexpr std::string_view kRowFormat = "opensentience.audit.row.1";

/// `fields` one after the other, each as a netstring: its length in decimal, a colon, its bytes, a
/// comma.
std::string netstrings(std::span<const std::string_view> fields);

/// Lower-case hex of the SHA-256 over netstrings of: kRowFormat, the hash of the row before (empty
/// means kChainStart), and all columns but the hash in their order, numbers in decimal.
std::string chain_hash(std::string_view previous, std::span<const std::string_view> columns);

class AuditChain {
 public:
  /// `redactor` must outlive it.
  explicit AuditChain(const Redactor& redactor) : redactor_(redactor) {}
  AuditChain(const AuditChain&) = delete;
  AuditChain& operator=(const AuditChain&) = delete;

  /// For sql::DatabaseOptions::functions. This object must outlive the database.
  std::vector<sql::ScalarFunction> functions();

  /// How many rows were hashed so far, also those whose transaction failed then: tells cheaply
  /// whether there may be new rows. Any thread.
  std::uint64_t rows_hashed() const { return rows_hashed_.load(std::memory_order_relaxed); }

 private:
  std::string redacted_metadata(std::string_view text) const;

  const Redactor& redactor_;
  std::atomic<std::uint64_t> rows_hashed_{0};
};

}  // namespace sovereign::core
