#include "daemon/features.hpp"

#include <boost/asio/co_spawn.hpp>
#include <unistd.h>

#include <utility>

#include "version.hpp"

namespace sovereign::opensentience {

Features::Features(Foundation& base, boost::asio::any_io_executor loop)
    : foundation(base),
      executor(std::move(loop)),
      instance_id(base::Uuid::generate(base.random).to_string()),
      record(base, executor),
      knowledge(base, record),
      running(base, record, knowledge, instance_id),
      installing(base, record, knowledge, running.launcher),
      calling(base, record, knowledge, running.hub),
      front_door(base, record) {
  running.hub.set_registrar(calling.router);
  running.hub.set_caller(calling.invocations);
  running.hub.add_observer(calling.router);
  running.hub.add_observer(calling.invocations);
  running.hub.add_observer(running.observer);
  running.launcher.on_crash_loop(
      [this](const core::AgentId& agent) { spawn(roll_back(agent), "not_rolled_back"); });
}

Task<void> Features::roll_back(core::AgentId agent) {
  auto rolling = installing.updater.on_crash_loop(agent);
  const auto rolled_back = co_await std::move(rolling);
  if (!rolled_back) co_return Failure(rolled_back.error());
  if (!*rolled_back) co_return Result<void>{};
  running.launcher.release_hold(agent);
  auto starting = running.launcher.start_agent(
      agent, {.actor = {}, .restart = core::RestartPolicy::on_failure});
  const auto started = co_await std::move(starting);
  if (!started) co_return Failure(started.error());
  co_return Result<void>{};
}

void Features::spawn(Task<void> task, std::string_view what) {
  boost::asio::co_spawn(
      executor, std::move(task), [this, what](std::exception_ptr error, Result<void> result) {
        if (error) std::rethrow_exception(error);
        if (result) return;
        foundation.log.error(
            what, {{"reason", result.error().detail}, {"context", result.error().context}});
      });
}

core::AuditEvent Features::event_of(std::string_view type) const {
  return {.type = type,
          .severity = core::Severity::info,
          .actor = {},
          .subject_type = "core",
          .subject_id = instance_id,
          .correlation_id = {},
          .causation_id = {},
          .metadata = {{"version", kVersion}, {"pid", ::getpid()}}};
}

Result<void> Features::load() {
  if (auto loaded = knowledge.approvals.load(); !loaded) return loaded;
  if (auto loaded = knowledge.catalog.load(); !loaded) return loaded;
  if (auto loaded = installing.registries.load(); !loaded) return loaded;
  return calling.router.load();
}

Task<void> Features::start() {
  running.launcher.start(executor);
  calling.router.start(executor);
  auto settling = running.launcher.settle_stale_runs();
  if (auto settled = co_await std::move(settling); !settled) co_return settled;
  auto tidying = installing.installer.settle();
  if (auto tidied = co_await std::move(tidying); !tidied) co_return tidied;
  if (auto listening = running.hub.start(executor, foundation.home.agent_socket().native());
      !listening) {
    co_return listening;
  }
  record.checkpointer.start();
  auto recording = record.trail.append(event_of("core.started"));
  if (auto recorded = co_await std::move(recording); !recorded) co_return recorded;
  if (foundation.settings.scan_watch) {
    knowledge.discovery.start(executor, [this](const Error& error) {
      foundation.log.warning("scan_failed", {{"reason", error.detail}});
    });
  }
  co_return Result<void>{};
}

Task<void> Features::stop() {
  auto ending_scans = knowledge.discovery.stop();
  (void)co_await std::move(ending_scans);
  calling.router.stop();
  auto ending_operations = installing.operations.stop();
  co_await std::move(ending_operations);
  auto ending_agents = running.launcher.stop_all();
  const auto ended = co_await std::move(ending_agents);
  if (!ended) foundation.log.error("agents_not_stopped", {{"reason", ended.error().detail}});
  running.hub.stop();
  auto recording = record.trail.append(event_of("core.stopped"));
  (void)co_await std::move(recording);
  auto flushing = record.trail.stop();
  const auto flushed = co_await std::move(flushing);
  if (!flushed) foundation.log.error("audit_rows_lost", {{"reason", flushed.error().detail}});
  auto sealing = record.checkpointer.stop();
  const auto sealed = co_await std::move(sealing);
  if (!sealed) foundation.log.error("no_last_checkpoint", {{"reason", sealed.error().detail}});
  record.events.close();
  co_return Result<void>{};
}

}  // namespace sovereign::opensentience
