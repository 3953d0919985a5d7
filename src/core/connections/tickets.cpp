#include "core/connections/tickets.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace sovereign::core {
namespace {

// One sentence for every way a token can be wrong, so that none is told from another.
constexpr std::string_view kUnauthorized = "The session token is not valid for this agent.";

Denied unauthorized() { return {.detail = std::string(kUnauthorized)}; }

Denied deny(const LaunchTicket& ticket, CoreCode code, std::string_view detail) {
  return {.code = code, .detail = std::string(detail), .agent = ticket.agent, .run = ticket.run};
}

bool speaks_our_version(const protocol::Hello& hello) {
  const auto& versions = hello.protocol.supported_versions;
  return std::ranges::find(versions, protocol::kVersion) != versions.end();
}

}  // namespace

void Tickets::expect(LaunchTicket ticket) {
  std::string key = ticket.agent.text();
  by_agent_.insert_or_assign(std::move(key), Entry{.ticket = std::move(ticket)});
}

Tickets::Entry* Tickets::find(RunId run) {
  const auto found = std::ranges::find_if(
      by_agent_, [&](const auto& entry) { return entry.second.ticket.run == run; });
  return found == by_agent_.end() ? nullptr : &found->second;
}

bool Tickets::set_process(RunId run, pid_t pid, int pidfd) {
  Entry* entry = find(run);
  if (entry == nullptr) return false;
  if (pidfd >= 0) entry->pidfd = base::FileDescriptor(::fcntl(pidfd, F_DUPFD_CLOEXEC, 0));
  entry->process = {.pid = pid, .pidfd = entry->pidfd.get()};
  return true;
}

void Tickets::withdraw(RunId run) {
  std::erase_if(by_agent_, [&](const auto& entry) { return entry.second.ticket.run == run; });
}

TicketVerdict Tickets::admit(const protocol::Hello& hello, const ProcessHandle& peer,
                             SteadyTime now) {
  const auto found = by_agent_.find(std::string(hello.agent_id));
  // The same work whether the agent is known or not.
  constexpr crypto::Digest256 kNobody{};
  const auto& wanted = found == by_agent_.end() ? kNobody : found->second.ticket.token_digest;
  const auto given = crypto::sha256(hello.session_token);
  const bool matches = crypto::equal_constant_time(std::span(wanted), std::span(given));
  if (!matches || found == by_agent_.end()) return unauthorized();
  Entry& entry = found->second;
  if (auto denied = check_use(entry, now)) return std::move(*denied);
  if (!speaks_our_version(hello)) {
    entry.state = State::spent;
    return deny(entry.ticket, CoreCode::protocol_version_unsupported,
                "Version 1 of the protocol is the only one spoken here.");
  }
  const auto& hash = entry.ticket.manifest_hash;
  if (hello.manifest_hash && !hash.empty() && *hello.manifest_hash != hash) {
    entry.state = State::spent;
    return deny(entry.ticket, CoreCode::protocol_manifest_drift,
                "The agent's manifest is not the one that was approved.");
  }
  return check_process(entry, peer);
}

std::optional<Denied> Tickets::check_use(const Entry& entry, SteadyTime now) const {
  switch (entry.state) {
    case State::unused: break;
    case State::claimed:
    case State::connected:
      return deny(entry.ticket, CoreCode::protocol_duplicate_session,
                  "This run of the agent is connected already.");
    case State::lost:
      if (now < entry.reconnect_until) return std::nullopt;
      return deny(entry.ticket, CoreCode::protocol_unauthorized, kUnauthorized);
    case State::spent: return deny(entry.ticket, CoreCode::protocol_unauthorized, kUnauthorized);
  }
  if (now < entry.ticket.expires) return std::nullopt;
  return deny(entry.ticket, CoreCode::protocol_unauthorized, kUnauthorized);
}

TicketVerdict Tickets::check_process(Entry& entry, const ProcessHandle& peer) {
  if (entry.process.pid == 0) {
    entry.state = State::claimed;
    return AwaitsProcess{entry.ticket.run};
  }
  if (!processes_.is_in_tree(peer, entry.process)) {
    // Whoever stole a token must not be able to use it up.
    if (entry.state == State::claimed) entry.state = State::unused;
    return deny(entry.ticket, CoreCode::protocol_unauthorized, kUnauthorized);
  }
  if (entry.state == State::lost) entry.has_reconnected = true;
  entry.state = State::connected;
  return Admitted{entry.ticket.agent, entry.ticket.run};
}

TicketVerdict Tickets::confirm(RunId run, const ProcessHandle& peer) {
  Entry* entry = find(run);
  if (entry == nullptr) return unauthorized();
  return check_process(*entry, peer);
}

void Tickets::give_up(RunId run) {
  Entry* entry = find(run);
  if (entry != nullptr && entry->state == State::claimed) entry->state = State::unused;
}

bool Tickets::disconnected(RunId run, bool was_lost, SteadyTime now) {
  Entry* entry = find(run);
  if (entry == nullptr) return false;
  const bool may_reconnect = was_lost && !entry->has_reconnected;
  entry->state = may_reconnect ? State::lost : State::spent;
  entry->reconnect_until = now + limits_.reconnect_window;
  return may_reconnect;
}

}  // namespace sovereign::core
