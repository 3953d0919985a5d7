#include "core/audit/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <vector>

#include "core/audit/audit_chain.hpp"
#include "core/audit/checkpoint.hpp"

namespace sovereign::core {
namespace {

constexpr sql::Statement kRows{
    "audit_events.verify",
    "SELECT sequence, event_id, at, event_type, severity, actor_type, actor_id, subject_type,"
    " subject_id, correlation_id, causation_id, metadata, hash FROM audit_events ORDER BY "
    "sequence"};
constexpr sql::Statement kCheckpoints{
    "audit_checkpoints.verify",
    "SELECT sequence, hash, at, signature FROM audit_checkpoints ORDER BY sequence"};

constexpr std::size_t kColumns = 13;
constexpr std::size_t kHashed = kColumns - 1;

/// The database may hold anything by now: no type is taken for granted.
std::string_view text_or_nothing(const sql::Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

std::int64_t number_or_zero(const sql::Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? *number : 0;
}

class Verification {
 public:
  Verification(const crypto::Ed25519PublicKey& key, std::multimap<std::int64_t, Checkpoint> pending)
      : key_(key), pending_(std::move(pending)) {}

  /// False after the first fault.
  bool take_row(std::span<const sql::Value> row) {
    ++answer_.rows;
    const std::int64_t sequence = number_or_zero(row[0]);
    const std::string_view event_id = text_or_nothing(row[1]);
    if (sequence != answer_.last_sequence + 1) {
      return fail(
          answer_.last_sequence + 1, "",
          fmt::format("The row is missing; the next one there is {} ({}).", sequence, event_id));
    }
    if (!is_linked(row)) {
      return fail(sequence, event_id,
                  "The row's hash does not match: the row was changed, or the one before it was "
                  "changed together with its hash.");
    }
    answer_.last_sequence = sequence;
    answer_.last_hash = text_or_nothing(row[kHashed]);
    while (!pending_.empty() && pending_.begin()->first == sequence) {
      if (!take_checkpoint(event_id)) return false;
    }
    return true;
  }

  /// After the last row.
  AuditVerification finish() {
    if (answer_.intact && !pending_.empty()) {
      fail(answer_.last_sequence + 1, "",
           fmt::format("The end of the log is missing: there is a checkpoint of row {}.",
                       pending_.rbegin()->first));
    }
    return std::move(answer_);
  }

  bool fail(std::int64_t sequence, std::string_view event_id, std::string problem) {
    answer_.intact = false;
    answer_.fault = AuditFault{sequence, std::string(event_id), std::move(problem)};
    return false;
  }

  std::int64_t next_sequence() const { return answer_.last_sequence + 1; }
  bool is_intact() const { return answer_.intact; }

 private:
  bool is_linked(std::span<const sql::Value> row) {
    std::array<std::string_view, kHashed> columns;
    std::array<std::array<char, 20>, 2> digits{};
    for (std::size_t i = 0; i < kHashed; ++i) {
      if (i == 0 || i == 2) {
        const auto* number = std::get_if<std::int64_t>(&row[i]);
        if (number == nullptr) return false;
        auto& buffer = digits[i / 2];
        const auto end = std::to_chars(buffer.begin(), buffer.end(), *number).ptr;
        columns[i] = {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
      } else {
        if (!std::holds_alternative<std::string>(row[i])) return false;
        columns[i] = text_or_nothing(row[i]);
      }
    }
    return chain_hash(answer_.last_hash, columns) == text_or_nothing(row[kHashed]);
  }

  bool take_checkpoint(std::string_view event_id) {
    const auto entry = pending_.extract(pending_.begin());
    const Checkpoint& checkpoint = entry.mapped();
    // The table and the file hold the same ones as a rule.
    if (checkpoint != last_checked_ && !is_signed_by(key_, checkpoint)) {
      return fail(checkpoint.sequence, event_id,
                  "The checkpoint at this row is not signed with this Core's key.");
    }
    if (checkpoint.hash != answer_.last_hash) {
      return fail(checkpoint.sequence, event_id,
                  "The row is not the one that was signed: it or one before it was replaced.");
    }
    last_checked_ = checkpoint;
    answer_.sealed_until = checkpoint.sequence;
    ++answer_.checkpoints;
    return true;
  }

  const crypto::Ed25519PublicKey& key_;
  std::multimap<std::int64_t, Checkpoint> pending_;  ///< By sequence.
  Checkpoint last_checked_;
  AuditVerification answer_;
};

Result<std::vector<Checkpoint>> read_checkpoint_table(sql::Database& database) {
  std::vector<Checkpoint> checkpoints;
  const auto scanned = database.scan({kCheckpoints, {}}, [&](std::span<const sql::Value> row) {
    checkpoints.push_back({.sequence = number_or_zero(row[0]),
                           .hash = std::string(text_or_nothing(row[1])),
                           .at = base::Timestamp(std::chrono::microseconds(number_or_zero(row[2]))),
                           .signature = std::string(text_or_nothing(row[3]))});
    return true;
  });
  if (!scanned) return Failure(scanned.error());
  return checkpoints;
}

/// The first checkpoint of the table that the file lacks. The file is written first.
const Checkpoint* missing_in_file(const std::vector<Checkpoint>& table,
                                  const std::vector<Checkpoint>& file) {
  std::set<std::int64_t> filed;
  for (const Checkpoint& checkpoint : file) filed.insert(checkpoint.sequence);
  const auto missing = std::ranges::find_if(
      table, [&](const Checkpoint& checkpoint) { return !filed.contains(checkpoint.sequence); });
  return missing == table.end() ? nullptr : &*missing;
}

}  // namespace

Result<AuditVerification> verify_audit(sql::Database& database, const VerifyOptions& options) {
  // In this order: what a daemon adds meanwhile is then in the later ones.
  const auto table = read_checkpoint_table(database);
  if (!table) return Failure(table.error());
  const auto file = read_checkpoint_file(options.checkpoint_file);
  if (!file && file.error().code != ErrorCode::malformed) return Failure(file.error());

  std::multimap<std::int64_t, Checkpoint> pending;
  for (const auto* checkpoints : {&*table, file ? &*file : nullptr}) {
    if (checkpoints == nullptr) continue;
    for (const Checkpoint& checkpoint : *checkpoints)
      pending.emplace(checkpoint.sequence, checkpoint);
  }
  Verification verification(options.key, std::move(pending));
  const auto scanned = database.scan(
      {kRows, {}}, [&](std::span<const sql::Value> row) { return verification.take_row(row); });
  if (!scanned) {
    verification.fail(verification.next_sequence(), "",
                      "The database file is damaged from this row on: " + scanned.error().context);
  }
  if (!verification.is_intact()) return verification.finish();
  if (!file) {
    verification.fail(verification.next_sequence(), "", file.error().detail);
  } else if (const Checkpoint* missing = missing_in_file(*table, *file)) {
    verification.fail(missing->sequence, "",
                      "The checkpoint of this row is not in the file of "
                      "checkpoints: the file was changed or replaced.");
  }
  return verification.finish();
}

}  // namespace sovereign::core
