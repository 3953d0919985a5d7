#include "core/connections/hub.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/connections/greeting.hpp"
#include "core/connections/session.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

class Hub::Implementation final : public SessionOwner,
                                  public GreetingOwner,
                                  public std::enable_shared_from_this<Implementation> {
 public:
  Implementation(HubParts parts, HubOptions options)
      : options_(std::move(options)),
        context_{.clock = parts.clock,
                 .random = parts.random,
                 .journal = parts.journal,
                 .options = options_,
                 .metrics = ConnectionMetrics(parts.metrics),
                 .writer = protocol::FrameWriter(parts.clock, parts.random)},
        tickets_(parts.processes, options_.limits) {}

  Result<void> start(asio::any_io_executor executor, const std::string& path);
  void stop();
  void withdraw(RunId run, std::string_view reason);
  void set_process(RunId run, pid_t pid, int pidfd);
  AgentSession* session(const AgentId& agent);

  // SessionOwner
  void ready(Session& session) override;
  void tools_changed(Session& session) override;
  void health_changed(Session& session, Health health) override;
  void retire(Session& session) override;
  void ended(Session& session, DisconnectReason reason, std::string detail) override;
  // GreetingOwner
  void admitted(Greeting& greeting, const Admitted& admitted) override;
  void denied(const Denied& denied) override;
  void finished(Greeting& greeting) override;
  // Both
  void wake() override;

  ConnectionContext& context() { return context_; }
  Tickets& tickets() { return tickets_; }
  void add_observer(ConnectionObserver& observer) { observers_.push_back(&observer); }
  std::size_t connected() const { return sessions_.size(); }

 private:
  void accept(ipc::Socket socket);
  void welcome(Session& session, const Greeting& greeting);
  void schedule();
  void sweep();
  void bury();

  const HubOptions options_;
  ConnectionContext context_;
  Tickets tickets_;
  std::vector<ConnectionObserver*> observers_;
  std::unordered_map<AgentId, std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<Greeting>> greetings_;
  // What ended while it was on the stack.
  std::vector<std::unique_ptr<Session>> retired_sessions_;
  std::vector<std::unique_ptr<Greeting>> retired_greetings_;
  std::optional<ipc::UnixListener> listener_;
  std::optional<asio::steady_timer> timer_;
  bool is_busy_sweep_ = false;  ///< The pending sweep is soon.
  bool is_burial_due_ = false;
  bool has_stopped_ = false;
};

// --- Start and stop ----------------------------------------------------------------------------

Result<void> Hub::Implementation::start(asio::any_io_executor executor, const std::string& path) {
  timer_.emplace(executor);
  const std::weak_ptr<Implementation> weak = weak_from_this();
  listener_.emplace(executor, [weak](ipc::Socket socket) {
    if (const auto self = weak.lock()) self->accept(std::move(socket));
  });
  auto opened = listener_->open(path);
  if (!opened) return opened;
  schedule();
  return {};
}

void Hub::Implementation::stop() {
  if (std::exchange(has_stopped_, true)) return;
  if (listener_) listener_->close();
  if (timer_) timer_->cancel();
  while (!greetings_.empty()) greetings_.back()->drop();
  while (!sessions_.empty()) {
    sessions_.begin()->second->end(DisconnectReason::withdrawn,
                                   to_string(CoreCode::protocol_shutting_down),
                                   "The Core is shutting down.");
  }
}

void Hub::Implementation::accept(ipc::Socket socket) {
  auto peer = ipc::peer_of(socket.native_handle());
  // Over the limit the socket closes by itself; the peer may try again.
  if (!peer || has_stopped_ || greetings_.size() >= options_.limits.max_handshakes) return;
  const ipc::ConnectionSettings settings{
      .max_frame_bytes = options_.limits.max_frame_bytes,
      .max_queued_bytes = options_.limits.max_queued_bytes + options_.limits.max_frame_bytes,
      .send = options_.send};
  auto connection = ipc::FramedConnection::create(std::move(socket), settings);
  auto& greeting = *greetings_.emplace_back(
      std::make_unique<Greeting>(context_, tickets_, *this, connection, std::move(*peer)));
  connection->start(greeting);
  wake();
}

// --- Launches ----------------------------------------------------------------------------------

void Hub::Implementation::set_process(RunId run, pid_t pid, int pidfd) {
  if (!tickets_.set_process(run, pid, pidfd)) return;
  std::vector<Greeting*> waiting;
  for (const auto& greeting : greetings_) waiting.push_back(greeting.get());
  for (Greeting* greeting : waiting) greeting->process_known(run);
}

void Hub::Implementation::withdraw(RunId run, std::string_view reason) {
  tickets_.withdraw(run);
  const auto found = std::ranges::find_if(
      sessions_, [&](const auto& entry) { return entry.second->run() == run; });
  if (found == sessions_.end()) return;
  found->second->end(DisconnectReason::withdrawn, reason, std::string(reason));
}

AgentSession* Hub::Implementation::session(const AgentId& agent) {
  const auto found = sessions_.find(agent);
  return found == sessions_.end() ? nullptr : found->second.get();
}

// --- Greetings ---------------------------------------------------------------------------------

void Hub::Implementation::admitted(Greeting& greeting, const Admitted& admitted) {
  // A ticket that replaced another leaves that run's connection behind.
  if (const auto old = sessions_.find(admitted.agent); old != sessions_.end()) {
    old->second->end(DisconnectReason::withdrawn, "replaced", "Another run took its place.");
  }
  const SessionIdentity identity{
      .agent = admitted.agent,
      .run = admitted.run,
      .session = SessionId::generate(context_.random),
      .may_invoke = greeting.lists_invoke() && context_.caller != nullptr};
  if (!context_.journal.record({.type = "agent.connected",
                                .agent = &identity.agent,
                                .run = &identity.run,
                                .metadata = {{"session_id", identity.session.to_string()}}})) {
    const auto error =
        protocol_error(CoreCode::internal_error, "The connection cannot be recorded now.");
    greeting.connection()->send(
        context_.writer.refusal(protocol::MessageType::core_welcome,
                                {.in_reply_to = greeting.hello_id(), .error = &error}));
    greeting.connection()->finish(options_.limits.linger);
    context_.metrics.refused.add();
    tickets_.disconnected(admitted.run, true, context_.clock.steady_now());
    return;
  }
  auto session = std::make_unique<Session>(context_, *this, identity, greeting.connection());
  greeting.connection()->set_handler(*session);
  Session& welcomed = *session;
  sessions_.emplace(identity.agent, std::move(session));
  context_.metrics.accepted.add();
  welcome(welcomed, greeting);
  for (auto* observer : observers_) observer->connected(welcomed);
}

void Hub::Implementation::welcome(Session& session, const Greeting& greeting) {
  const std::string session_id = session.id().to_string();
  protocol::Welcome message{
      .session_id = session_id,
      .heartbeat_interval_ms = options_.limits.heartbeat_interval.count(),
      .max_frame_bytes = static_cast<std::int64_t>(options_.limits.max_frame_bytes),
      .server = {.core_version = options_.core_version, .instance_id = options_.instance_id}};
  std::vector<std::string_view> capabilities{"streaming", "cancellation"};
  if (context_.caller != nullptr) capabilities.push_back(protocol::kInvoke);
  message.capabilities = std::move(capabilities);
  // A failure shows on the reading side.
  greeting.connection()->send(context_.writer.frame({.in_reply_to = greeting.hello_id()}, message));
}

void Hub::Implementation::denied(const Denied& denied) {
  if (!denied.agent || !denied.run) return;
  for (auto* observer : observers_) {
    observer->handshake_refused(*denied.agent, *denied.run, to_string(denied.code));
  }
}

void Hub::Implementation::finished(Greeting& greeting) {
  const auto found =
      std::ranges::find_if(greetings_, [&](const auto& entry) { return entry.get() == &greeting; });
  if (found == greetings_.end()) return;
  retired_greetings_.push_back(std::move(*found));
  greetings_.erase(found);
  bury();
}

// --- Sessions ----------------------------------------------------------------------------------

void Hub::Implementation::ready(Session& session) {
  for (auto* observer : observers_) observer->ready(session);
}

void Hub::Implementation::tools_changed(Session& session) {
  for (auto* observer : observers_) observer->tools_changed(session);
}

void Hub::Implementation::health_changed(Session& session, Health health) {
  for (auto* observer : observers_) observer->health_changed(session, health);
}

void Hub::Implementation::retire(Session& session) {
  const auto found = sessions_.find(session.agent());
  if (found == sessions_.end() || found->second.get() != &session) return;
  retired_sessions_.push_back(std::move(found->second));
  sessions_.erase(found);
  bury();
}

void Hub::Implementation::ended(Session& session, DisconnectReason reason, std::string detail) {
  const bool was_lost =
      reason == DisconnectReason::closed_by_agent || reason == DisconnectReason::lost;
  const bool may_reconnect =
      tickets_.disconnected(session.run(), was_lost, context_.clock.steady_now());
  const Disconnected event{.agent = session.agent(),
                           .run = session.run(),
                           .session = session.id(),
                           .reason = reason,
                           .detail = std::move(detail),
                           .may_reconnect = may_reconnect};
  for (auto* observer : observers_) observer->disconnected(event);
}

void Hub::Implementation::bury() {
  if (std::exchange(is_burial_due_, true) || !timer_) return;
  asio::post(timer_->get_executor(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->is_burial_due_ = false;
    self->retired_sessions_.clear();
    self->retired_greetings_.clear();
  });
}

// --- Time --------------------------------------------------------------------------------------

/// One timer for all deadlines: none is set or canceled a call.
void Hub::Implementation::schedule() {
  if (has_stopped_) return;
  const bool has_deadlines =
      !greetings_.empty() || std::ranges::any_of(sessions_, [](const auto& entry) {
        return entry.second->has_deadlines();
      });
  is_busy_sweep_ = has_deadlines;
  timer_->expires_after(has_deadlines ? options_.limits.busy_sweep : options_.limits.idle_sweep);
  timer_->async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (error) return;
    if (const auto self = weak.lock()) self->sweep();
  });
}

void Hub::Implementation::wake() {
  if (is_busy_sweep_ || !timer_ || has_stopped_) return;
  schedule();
}

void Hub::Implementation::sweep() {
  const auto now = context_.clock.steady_now();
  std::vector<Greeting*> greetings;
  for (const auto& greeting : greetings_) greetings.push_back(greeting.get());
  // What ends meanwhile stays in memory until this has returned.
  for (Greeting* greeting : greetings) greeting->sweep(now);
  std::vector<Session*> sessions;
  for (const auto& [agent, session] : sessions_) sessions.push_back(session.get());
  for (Session* session : sessions) session->sweep(now);
  schedule();
}

// --- The hub -----------------------------------------------------------------------------------

Hub::Hub(HubParts parts, HubOptions options)
    : implementation_(std::make_shared<Implementation>(parts, std::move(options))) {}

Hub::~Hub() { stop(); }

void Hub::set_registrar(ToolRegistrar& registrar) {
  implementation_->context().registrar = &registrar;
}
void Hub::set_caller(ToolCaller& caller) { implementation_->context().caller = &caller; }
void Hub::add_observer(ConnectionObserver& observer) { implementation_->add_observer(observer); }

Result<void> Hub::start(asio::any_io_executor executor, const std::string& socket_path) {
  return implementation_->start(std::move(executor), socket_path);
}

void Hub::stop() { implementation_->stop(); }
void Hub::expect(LaunchTicket ticket) { implementation_->tickets().expect(std::move(ticket)); }
void Hub::set_process(RunId run, pid_t pid, int pidfd) {
  implementation_->set_process(run, pid, pidfd);
}
void Hub::withdraw(RunId run, std::string_view reason) { implementation_->withdraw(run, reason); }
AgentSession* Hub::session(const AgentId& agent) { return implementation_->session(agent); }
std::size_t Hub::connected() const { return implementation_->connected(); }

}  // namespace sovereign::core
