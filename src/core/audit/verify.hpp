// Whether the audit log is as it was written: every row, every link, every checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "crypto/signature.hpp"
#include "json/table.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// The first thing that is wrong.
struct AuditFault {
  std::int64_t sequence = 0;  ///< Of the row, or of the checkpoint.
  std::string event_id;       ///< Of the row; empty when there is none.
  std::string problem;        ///< One sentence.
};

struct AuditVerification {
  bool intact = true;
  std::int64_t rows = 0;           ///< Looked at, up to the fault.
  std::int64_t checkpoints = 0;    ///< That matched, of the table and the file together.
  std::int64_t sealed_until = 0;   ///< Sequence of the last checkpoint that matched.
  std::int64_t last_sequence = 0;  ///< Of the last row that was right.
  std::string last_hash;
  std::optional<AuditFault> fault;
};

struct VerifyOptions {
  crypto::Ed25519PublicKey key;
  std::filesystem::path checkpoint_file;
};

/// Reads the whole log from one snapshot, while it is written to or with no daemon at all. Blocks.
/// A fault is an answer; an error is that the files could not be read at all. Rows after the last
/// checkpoint can be cut off unnoticed.
Result<AuditVerification> verify_audit(sql::Database& database, const VerifyOptions& options);

}  // namespace sovereign::core

template <>
struct sovereign::json::Table<sovereign::core::AuditFault> {
  using AuditFault = sovereign::core::AuditFault;
  static constexpr std::string_view name = "AuditFault";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("sequence", &AuditFault::sequence, {.description = "Of the row or checkpoint."}),
      field("event_id", &AuditFault::event_id, {.description = "Of the row, if there is one."}),
      field("problem", &AuditFault::problem, {.description = "What is wrong, one sentence."}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::AuditVerification> {
  using AuditVerification = sovereign::core::AuditVerification;
  static constexpr std::string_view name = "AuditVerification";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("intact", &AuditVerification::intact),
      field("rows", &AuditVerification::rows, {.description = "Rows looked at."}),
      field("checkpoints", &AuditVerification::checkpoints,
            {.description = "Signed checkpoints that matched."}),
      field("sealed_until", &AuditVerification::sealed_until,
            {.description = "Sequence of the last checkpoint; later rows could be cut off "
                            "unnoticed."}),
      field("last_sequence", &AuditVerification::last_sequence),
      field("last_hash", &AuditVerification::last_hash),
      field("fault", &AuditVerification::fault, {.description = "The first thing that is wrong."}),
  };
};
