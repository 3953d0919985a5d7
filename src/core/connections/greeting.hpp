// A connection that has not said who it is: one hello within five seconds, and an answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/connections/context.hpp"
#include "core/connections/tickets.hpp"
#include "ipc/framed_connection.hpp"
#include "ipc/peer.hpp"

namespace sovereign::core {

class Greeting;

/// The hub, as a greeting sees it.
class GreetingOwner {
 public:
  /// The agent is to be welcomed on the greeting's connection, which the greeting uses no more.
  virtual void admitted(Greeting& greeting, const Admitted& admitted) = 0;
  /// For observers; only for hellos with the right token.
  virtual void denied(const Denied& denied) = 0;
  /// The greeting is over; it may be destroyed once this call chain has returned.
  virtual void finished(Greeting& greeting) = 0;
  virtual void wake() = 0;

 protected:
  ~GreetingOwner() = default;
};

class Greeting final : public ipc::FrameHandler {
 public:
  /// The first three must outlive it.
  Greeting(ConnectionContext& context, Tickets& tickets, GreetingOwner& owner,
           std::shared_ptr<ipc::FramedConnection> connection, ipc::Peer peer);
  ~Greeting();
  Greeting(const Greeting&) = delete;
  Greeting& operator=(const Greeting&) = delete;

  void on_frame(std::string_view frame) override;
  void on_closed(ipc::CloseReason reason) override;

  /// The process of `run` was recorded.
  void process_known(RunId run);
  void sweep(SteadyTime now);
  /// Ends it without an answer.
  void drop();

  const std::shared_ptr<ipc::FramedConnection>& connection() const { return connection_; }
  /// Of the hello that was admitted.
  const std::string& hello_id() const { return hello_id_; }
  bool lists_invoke() const { return lists_invoke_; }

 private:
  ProcessHandle peer() const { return {.pid = peer_.pid, .pidfd = peer_.pidfd.get()}; }
  void act_on(const TicketVerdict& admission);
  void deny(const Denied& denied);
  /// Closes without a word: the peer does not speak our protocol.
  void turn_away(CoreCode code, std::string_view detail);
  void record_failure(const Denied& denied);
  void finish();

  ConnectionContext& context_;
  Tickets& tickets_;
  GreetingOwner& owner_;
  const std::shared_ptr<ipc::FramedConnection> connection_;
  const ipc::Peer peer_;
  SteadyTime deadline_;
  std::string hello_id_;
  std::optional<RunId> waits_for_;
  bool lists_invoke_ = false;
  bool is_finished_ = false;
};

}  // namespace sovereign::core
