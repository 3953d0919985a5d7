// Calls that wait for a person's word: tools with side effects that a person did not call, and
// tools that always want it. The input stays in memory only, so a confirmation does not outlive the
// daemon; the row keeps its digest, size and a redacted summary. Loop thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/random.hpp"
#include "core/router/limits.hpp"
#include "core/router/ports.hpp"
#include "core/router/types.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

struct Confirmation {
  ConfirmationId id;
  std::string tool_id;
  std::string caller_type;
  std::string caller_id;
  std::string input_sha256;  ///< Of the canonical JSON, hex.
  std::int64_t input_bytes = 0;
  std::string summary;  ///< Of the input, redacted.
  std::string status;   ///< pending -> approved -> executed, or pending -> denied | expired.
  base::Timestamp created_at{};
  base::Timestamp expires_at{};
  std::optional<base::Timestamp> decided_at = {};
  std::string decided_by = {};
  std::string call_id = {};  ///< Of the call that was carried out.
  std::string result = {};   ///< How it ended: "succeeded", or the code of what went wrong.
};

enum class ConfirmationDecision : std::uint8_t { approve, deny };

/// All must outlive it.
struct ConfirmationParts {
  sql::Database& database;
  const base::Clock& clock;
  base::Random& random;
  AuditSink& audit;
  EventSink& events;
  const InputSummary& summaries;
  const CallLimits& limits;
};

class Confirmations {
 public:
  explicit Confirmations(const ConfirmationParts& parts) : parts_(parts) {}

  /// What was pending when the daemon ended is expired now. Blocks, once at start.
  Result<void> load();
  /// Rows are written on `executor`.
  void start(boost::asio::any_io_executor executor) { executor_ = std::move(executor); }

  /// Parks the call; the same call asked for again has the same confirmation. Errors:
  /// tool.input_too_large; limit.concurrency (too many pending, or too many bytes).
  Result<ConfirmationId> ask(const CallRequest& request);

  /// Records a person's word. Approved: the parked call, to be carried out once, with
  /// `confirmation` set; denied: nothing. Errors: `not_found`; `conflict` when it is not pending
  /// any more or being decided; those of Database::write, and it stays pending then.
  Task<std::optional<CallRequest>> decide(ConfirmationId id, ConfirmationDecision decision,
                                          Actor actor);
  /// How the approved call ended; `call` is empty when it was refused.
  Task<void> settle(ConfirmationId id, std::string call, std::string result);

  /// Expires what is past its time.
  void sweep();
  std::size_t pending() const { return parked_.size(); }

  /// The newest 200, decided ones too.
  Task<std::vector<Confirmation>> list() const;
  Task<Confirmation> find(ConfirmationId id) const;

 private:
  struct Parked {
    CallRequest request;
    std::string digest;
    base::Timestamp expires_at;
    bool is_being_decided = false;
  };
  using ParkedMap = std::map<ConfirmationId, Parked>;

  Result<ParkedMap::iterator> decidable(ConfirmationId id);
  sql::Call fact_row(std::string_view type, const CallRequest& request, ConfirmationId id,
                     const Actor& actor, std::string_view status) const;
  void announce(ConfirmationId id, const CallRequest& request, std::string_view status);
  void write_later(sql::Write write);
  void drop(ParkedMap::iterator parked);

  ConfirmationParts parts_;
  boost::asio::any_io_executor executor_;
  ParkedMap parked_;
  std::size_t bytes_ = 0;
};

}  // namespace sovereign::core
