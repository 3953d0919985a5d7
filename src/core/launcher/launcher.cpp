#include "core/launcher/launcher.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/errors.hpp"
#include "core/launcher/launcher_entry.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kReapInterval{1};
const Actor kCore{};

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

RunEnd end_of(RunStatus status) {
  if (status == RunStatus::stopped) return RunEnd::stopped;
  if (status == RunStatus::exited) return RunEnd::exited;
  return RunEnd::crashed;
}

/// From 0 up to 1.
double random_share(base::Random& random) {
  std::uint32_t bits = 0;
  random.fill({reinterpret_cast<std::uint8_t*>(&bits), sizeof bits});
  return bits / 4294967296.0;
}

json::Object end_metadata(const RunOutcome& outcome) {
  json::Object metadata{{"reason", outcome.reason}};
  if (outcome.exit && outcome.exit->signal != 0) metadata["signal"] = outcome.exit->signal;
  if (outcome.exit && outcome.exit->signal == 0) metadata["exit_code"] = outcome.exit->code;
  return metadata;
}

}  // namespace

Launcher::Launcher(LauncherParts parts, LauncherOptions options)
    : parts_(parts), options_(std::move(options)), store_(parts.database) {}

Launcher::~Launcher() = default;

void Launcher::start(asio::any_io_executor executor) {
  executor_ = std::move(executor);
  ++background_;
  asio::co_spawn(executor_, reap(), &rethrow);
}

asio::awaitable<void> Launcher::reap() {
  while (!is_stopping_) {
    parts_.spawner.reap_orphans();
    co_await stopping_.wait_until(std::chrono::steady_clock::now() + kReapInterval);
  }
  --background_;
  background_ended_.notify_all();
}

Launcher::Entry& Launcher::entry(const AgentId& agent) {
  auto& found = entries_[agent];
  if (!found) found = std::make_unique<Entry>(options_.restarts);
  return *found;
}

Run* Launcher::current(const AgentId& agent, RunId run) const {
  const auto found = entries_.find(agent);
  if (found == entries_.end() || !found->second->run) return nullptr;
  return found->second->run->id() == run ? found->second->run.get() : nullptr;
}

Task<void> Launcher::settle_stale_runs() {
  Result<std::vector<StaleRun>> stale = co_await store_.stale();
  if (!stale) co_return Failure(std::move(stale.error()));
  for (const StaleRun& run : *stale) {
    // By its run id only: the number may have been given to another process since.
    process::TreeIdentity tree{.start_time = run.process_started, .marker = run.id.to_string()};
    Result<void> killed = co_await parts_.spawner.kill_tree(std::move(tree));
    if (!killed) co_return killed;
    const RunOutcome outcome{.status = RunStatus::crashed, .reason = "core_restarted"};
    RunEvent event{.type = "agent.run_crashed",
                   .level = RunEventLevel::warning,
                   .agent = run.agent,
                   .run = run.id,
                   .metadata = end_metadata(outcome)};
    const auto now = parts_.clock.now();
    sql::Write write;
    write.calls.push_back(set_run_ended(run.id, outcome, now));
    write.calls.push_back(parts_.journal.audit_row(std::move(event), now));
    Result<void> committed = co_await store_.commit(std::move(write));
    if (!committed) co_return committed;
  }
  co_return Result<void>();
}

asio::awaitable<void> Launcher::supervise(std::shared_ptr<Run> run,
                                          std::unique_ptr<LineFilter> output,
                                          std::unique_ptr<LineFilter> errors) {
  const RunOutcome outcome = co_await run->drive(std::move(output), std::move(errors));
  Entry& own = entry(run->agent());
  const auto decision = consult(own, end_of(outcome.status), run->ready_since());
  // A database that is away leaves the row as it is; the next start of the Core settles it.
  [[maybe_unused]] auto recorded = co_await record_end(*run, outcome, decision);
  run->info().status = outcome.status;
  run->info().reason = outcome.reason;
  run->info().stopped_at = parts_.clock.now();
  own.last_secrets = run->take_secrets();
  own.run.reset();
  own.live = {.run = outcome.status == RunStatus::crashed ? RunState::crashed : RunState::stopped};
  decide(own, run->agent(), decision);
  show(run->agent(), own);
  run->mark_ended();
  --background_;
  background_ended_.notify_all();
}

RestartDecision Launcher::consult(Entry& own, RunEnd end,
                                  std::optional<base::SteadyTime> ready_since) {
  const auto now = parts_.clock.steady_now();
  return own.restarts.on_end(end, own.policy, ready_since, now, random_share(parts_.random));
}

Task<void> Launcher::record_end(const Run& run, const RunOutcome& outcome,
                                const RestartDecision& decision) {
  const bool has_crashed = outcome.status == RunStatus::crashed;
  const auto now = parts_.clock.now();
  RunEvent event{.type = has_crashed ? "agent.run_crashed" : "agent.run_stopped",
                 .level = has_crashed ? RunEventLevel::error : RunEventLevel::info,
                 .agent = run.agent(),
                 .run = run.id(),
                 .metadata = end_metadata(outcome)};
  if (run.log()->lost() > 0) event.metadata["lost_log_lines"] = run.log()->lost();
  sql::Write write;
  write.calls.push_back(set_run_ended(run.id(), outcome, now));
  write.calls.push_back(parts_.journal.audit_row(std::move(event), now));
  if (decision.action == RestartDecision::Action::hold) {
    RunEvent loop{.type = "agent.crash_loop",
                  .level = RunEventLevel::error,
                  .agent = run.agent(),
                  .run = run.id(),
                  .metadata = {{"crashes", options_.restarts.crashes},
                               {"window_ms", options_.restarts.window.count()}}};
    write.calls.push_back(parts_.journal.audit_row(std::move(loop), now));
  }
  Result<void> committed = co_await store_.commit(std::move(write));
  co_return committed;
}

void Launcher::decide(Entry& own, const AgentId& agent, const RestartDecision& decision) {
  using Action = RestartDecision::Action;
  if (decision.action == Action::hold && on_crash_loop_) {
    // Not from within, so that the listener finds the end recorded and may start it again.
    asio::post(executor_, [listener = on_crash_loop_, agent] { listener(agent); });
  }
  if (decision.action != Action::restart || is_stopping_) return;
  own.live.run = RunState::backoff;
  own.is_waiting = true;
  ++background_;
  asio::co_spawn(executor_, come_back(agent, decision.delay, ++own.backoff), &rethrow);
}

asio::awaitable<void> Launcher::come_back(AgentId agent, std::chrono::milliseconds delay,
                                          std::uint64_t number) {
  Entry& own = entry(agent);
  const auto due = std::chrono::steady_clock::now() + delay;
  while (own.backoff == number && !is_stopping_ && std::chrono::steady_clock::now() < due) {
    co_await own.backoff_ended.wait_until(due);
  }
  if (own.backoff == number && !is_stopping_) {
    own.is_waiting = false;
    auto run = co_await start_agent(agent, {.actor = kCore, .restart = own.policy});
    const bool was_tried = !run && run.error().name == to_string(CoreCode::agent_start_failed);
    if (!run) own.live = {.run = was_tried ? RunState::crashed : RunState::stopped};
    if (was_tried && !own.is_launch_unwanted) {
      decide(own, agent, consult(own, RunEnd::crashed, std::nullopt));
    }
    if (!run) show(agent, own);
  }
  --background_;
  background_ended_.notify_all();
}

void Launcher::show(const AgentId& agent, const Entry& own) {
  LiveState live = own.live;
  if (own.run) live = own.run->live();
  parts_.agents.set_live(agent, live);
  json::Object data{{"run", to_string(live.run)},
                    {"health", to_string(live.health)},
                    {"connection", to_string(live.connection)}};
  if (own.last_run) data["run_id"] = own.last_run->to_string();
  parts_.journal.publish("run.changed", agent.text(), std::move(data));
}

void Launcher::on_crash_loop(std::function<void(const AgentId&)> listener) {
  on_crash_loop_ = std::move(listener);
}

void Launcher::release_hold(const AgentId& agent) { entry(agent).restarts.release(); }

LiveState Launcher::live(const AgentId& agent) const {
  const auto found = entries_.find(agent);
  if (found == entries_.end()) return {};
  return found->second->run ? found->second->run->live() : found->second->live;
}

std::size_t Launcher::running() const {
  return static_cast<std::size_t>(std::ranges::count_if(entries_, [](const auto& item) {
    return item.second->run != nullptr || item.second->is_launching;
  }));
}

std::vector<std::pair<AgentId, pid_t>> Launcher::processes() const {
  std::vector<std::pair<AgentId, pid_t>> found;
  for (const auto& [agent, own] : entries_) {
    if (own->run) found.emplace_back(agent, static_cast<pid_t>(*own->run->info().pid));
  }
  return found;
}

}  // namespace sovereign::core
