// Who may connect: one ticket a launch, whose token is presented once, by the launched process or
// one of its tree. After a lost connection it may be presented once more. Pure but for the process
// table, which is a seam.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "core/connections/limits.hpp"
#include "core/connections/process_tree.hpp"
#include "core/errors.hpp"
#include "core/ids.hpp"
#include "crypto/digest.hpp"
#include "protocol/messages.hpp"

namespace sovereign::core {

struct LaunchTicket {
  AgentId agent;
  RunId run;
  crypto::Digest256 token_digest;  ///< SHA-256 of the token's text; the token itself is not kept.
  std::string manifest_hash;       ///< As the catalogue has it; empty: not compared.
  base::SteadyTime expires;        ///< For the first hello: two minutes after the launch.
};

/// The hello is good: the run is connected now.
struct Admitted {
  AgentId agent;
  RunId run;
};

/// Good so far, but the launched process is not recorded yet: ask again with confirm().
struct AwaitsProcess {
  RunId run;
};

struct Denied {
  CoreCode code = CoreCode::protocol_unauthorized;
  std::string detail;              ///< For the peer and the audit log.
  std::optional<AgentId> agent{};  ///< Only when the token was right ...
  std::optional<RunId> run{};      ///< ... so that a guess cannot blame a run.
};

using TicketVerdict = std::variant<Admitted, AwaitsProcess, Denied>;

class Tickets {
 public:
  /// Both must outlive it.
  Tickets(const ProcessTrees& processes, const ConnectionLimits& limits)
      : processes_(processes), limits_(limits) {}

  /// Replaces the agent's older ticket.
  void expect(LaunchTicket ticket);
  /// False when no ticket is for this run. `pidfd` is duplicated.
  bool set_process(RunId run, pid_t pid, int pidfd);
  void withdraw(RunId run);

  /// Decides about a hello. Checks, in this order: token, its age and use, version, manifest,
  /// process.
  TicketVerdict admit(const protocol::Hello& hello, const ProcessHandle& peer, SteadyTime now);
  /// The rest of a decision that waited for set_process().
  TicketVerdict confirm(RunId run, const ProcessHandle& peer);
  /// Nobody waits for confirm() any more.
  void give_up(RunId run);

  /// The run's connection ended. True when it may connect once more: it was lost, not ended for
  /// what the agent did, and had not been lost before.
  bool disconnected(RunId run, bool was_lost, SteadyTime now);

 private:
  enum class State {
    unused,
    claimed,    ///< A hello waits for set_process().
    connected,  ///< Or refused for good after the token was right.
    lost,       ///< May be used until `reconnect_until`.
    spent,
  };
  struct Entry {
    LaunchTicket ticket;
    ProcessHandle process = {};
    base::FileDescriptor pidfd = {};
    State state = State::unused;
    bool has_reconnected = false;
    SteadyTime reconnect_until = {};
  };

  Entry* find(RunId run);
  std::optional<Denied> check_use(const Entry& entry, SteadyTime now) const;
  TicketVerdict check_process(Entry& entry, const ProcessHandle& peer);

  const ProcessTrees& processes_;
  const ConnectionLimits& limits_;
  std::unordered_map<std::string, Entry> by_agent_;
};

}  // namespace sovereign::core
