// Stopping and restarting, what the hub and the approvals tell, and logs.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/errors.hpp"
#include "core/launcher/launcher_entry.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

namespace {

/// Beyond the grace: for SIGKILL to act, the last words to be kept and the end to be recorded.
constexpr std::chrono::seconds kEndMargin{15};

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

Failure not_running() { return fail(CoreCode::agent_not_running, "The agent does not run."); }

}  // namespace

Task<RunInfo> Launcher::stop_agent(AgentId agent, Actor actor, std::string reason) {
  Entry& own = entry(agent);
  own.is_launch_unwanted = own.is_launching;
  ++own.backoff;
  own.backoff_ended.notify_all();
  const bool was_waiting = std::exchange(own.is_waiting, false);
  const std::shared_ptr<Run> run = own.run;
  if (!run) {
    if (!was_waiting || !own.last_run) co_return not_running();
    own.live = {};
    show(agent, own);
    Result<RunInfo> last = co_await store_.find(agent, *own.last_run);
    co_return last;
  }
  if (run->request_stop("requested: " + reason)) {
    show(agent, own);
    RunEvent event{
        .type = "agent.run_stop_requested",
        .actor = std::move(actor),
        .agent = agent,
        .run = run->id(),
        .metadata = {{"reason", reason}, {"grace_ms", options_.deadlines.grace.count()}}};
    sql::Write write;
    write.calls.push_back(set_run_stopping(run->id()));
    write.calls.push_back(parts_.journal.audit_row(std::move(event), parts_.clock.now()));
    // The process ends whether or not this can be recorded.
    [[maybe_unused]] auto committed = co_await store_.commit(std::move(write));
  }
  co_await run->wait_ended(std::chrono::steady_clock::now() + options_.deadlines.grace +
                           kEndMargin);
  if (!run->has_ended()) {
    co_return base::fail(ErrorCode::unavailable, "The agent's processes could not be ended.");
  }
  co_return run->info();
}

Task<RunInfo> Launcher::restart_agent(AgentId agent, Actor actor,
                                      std::optional<RestartPolicy> restart) {
  Entry& own = entry(agent);
  const RestartPolicy policy = restart.value_or(own.policy);
  if (own.run || own.is_waiting) {
    Result<RunInfo> stopped = co_await stop_agent(agent, actor, "restart");
    if (!stopped) co_return Failure(std::move(stopped.error()));
  }
  StartOptions options{
      .actor = std::move(actor), .restart = policy, .hold = StartOptions::Hold::release};
  Result<RunInfo> run = co_await start_agent(std::move(agent), std::move(options));
  co_return run;
}

Task<void> Launcher::stop_all() {
  is_stopping_ = true;
  stopping_.notify_all();
  for (auto& [agent, own] : entries_) {
    own->backoff_ended.notify_all();
    if (own->run && own->run->request_stop("core_stopped")) show(agent, *own);
  }
  const auto deadline = std::chrono::steady_clock::now() + options_.deadlines.grace + kEndMargin;
  while (background_ > 0 && std::chrono::steady_clock::now() < deadline) {
    co_await background_ended_.wait_until(deadline);
  }
  if (background_ == 0) co_return Result<void>();
  co_return base::fail(ErrorCode::unavailable, "Some agents' processes could not be ended.");
}

void Launcher::approval_ended(const AgentId& agent, std::string reason) {
  const auto found = entries_.find(agent);
  if (found == entries_.end()) return;
  Entry& own = *found->second;
  own.is_launch_unwanted = own.is_launching;
  ++own.backoff;
  own.backoff_ended.notify_all();
  if (std::exchange(own.is_waiting, false)) own.live = {};
  if (own.run) own.run->request_stop(std::move(reason));
  show(agent, own);
}

void Launcher::connected(const AgentId& agent, RunId run) {
  Run* found = current(agent, run);
  if (found == nullptr) return;
  found->connected();
  show(agent, entry(agent));
}

void Launcher::ready(const AgentId& agent, RunId run) {
  Run* found = current(agent, run);
  if (found == nullptr) return;
  const bool is_first = !found->ready_since();
  found->ready(parts_.clock.steady_now());
  if (is_first && found->ready_since()) {
    found->info().status = RunStatus::running;
    found->info().ready_at = parts_.clock.now();
    ++background_;
    asio::co_spawn(executor_, record_ready(run, *found->info().ready_at), &rethrow);
  }
  show(agent, entry(agent));
}

asio::awaitable<void> Launcher::record_ready(RunId run, base::Timestamp at) {
  sql::Write write;
  write.calls.push_back(set_run_ready(run, at));
  // A note for the list of runs; the connection itself is audited by the hub.
  [[maybe_unused]] auto committed = co_await store_.commit(std::move(write));
  --background_;
  background_ended_.notify_all();
}

void Launcher::health_changed(const AgentId& agent, RunId run, Health health) {
  Run* found = current(agent, run);
  if (found == nullptr) return;
  found->health_changed(health);
  show(agent, entry(agent));
}

void Launcher::disconnected(const AgentId& agent, RunId run) {
  Run* found = current(agent, run);
  if (found == nullptr || found->live().run == RunState::stopping) return;
  found->disconnected();
  show(agent, entry(agent));
}

Task<std::vector<RunInfo>> Launcher::recent_runs(AgentId agent, std::int64_t limit) {
  return store_.recent(std::move(agent), limit);
}

std::shared_ptr<RunLog> Launcher::log(const AgentId& agent, std::optional<RunId> run) const {
  const auto found = entries_.find(agent);
  if (found == entries_.end()) return nullptr;
  const Entry& own = *found->second;
  return !run || own.last_run == run ? own.log : nullptr;
}

Task<RunId> Launcher::find_run(AgentId agent, std::optional<std::string> text) {
  if (text) {
    const auto run = RunId::parse(*text);
    if (run) co_return *run;
    co_return base::fail(ErrorCode::not_found, "The agent has no such run.");
  }
  const auto found = entries_.find(agent);
  if (found != entries_.end() && found->second->last_run) co_return *found->second->last_run;
  Result<std::vector<RunInfo>> runs = co_await store_.recent(std::move(agent), 1);
  if (!runs) co_return Failure(std::move(runs.error()));
  if (runs->empty()) co_return base::fail(ErrorCode::not_found, "The agent never ran.");
  co_return runs->front().run_id;
}

Task<std::vector<LogLine>> Launcher::log_tail(AgentId agent, RunId run, std::size_t count) {
  if (const auto kept = log(agent, run)) co_return kept->after(0, count);
  // The run must be this agent's: a path is made of its id.
  Result<RunInfo> known = co_await store_.find(agent, run);
  if (!known) co_return Failure(std::move(known.error()));
  auto job = [path = parts_.home.run_log(agent, run), count] { return read_log(path, count); };
  Result<std::vector<LogLine>> lines = co_await async::run_blocking(parts_.workers, std::move(job));
  co_return lines;
}

}  // namespace sovereign::core
