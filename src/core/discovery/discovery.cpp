#include "core/discovery/discovery.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/audit/audit_event.hpp"
#include "core/catalog/changes.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

namespace {

/// Changes that are committed together.
constexpr std::size_t kBatch = 200;
/// A background scan starts after this many times the duration of the one before.
constexpr int kRest = 9;

struct Who {
  Actor actor;
  std::string correlation_id;
};

/// Statements and the agents that they change, cut into writes of bounded size.
class Batches {
 public:
  void begin(const AgentId& agent) {
    if (batches_.empty() || batches_.back().agents.size() == kBatch) batches_.emplace_back();
    batches_.back().agents.push_back(agent);
  }
  void add(sql::Call call) { batches_.back().write.calls.push_back(std::move(call)); }

  struct Batch {
    std::vector<AgentId> agents;
    sql::Write write;
  };
  std::vector<Batch> take() { return std::move(batches_); }

 private:
  std::vector<Batch> batches_;
};

AuditEvent event_of(std::string_view type, const AgentId& agent, const Who& who,
                    json::Object metadata) {
  return {.type = type,
          .actor = who.actor,
          .subject_type = "agent",
          .subject_id = agent.text(),
          .correlation_id = who.correlation_id,
          .metadata = std::move(metadata)};
}

Provenance provenance_of(const FoundManifest& found) {
  Provenance provenance;
  if (found.git) {
    provenance.git_url = found.git->url;
    provenance.git_ref = found.git->ref;
    provenance.git_commit = found.git->commit;
  }
  if (provenance.git_url.empty()) provenance.git_url = found.reading.manifest.git_url;
  return provenance;
}

/// The writes that make the catalog what a reconciliation says.
class Writer {
 public:
  Writer(const Approvals& approvals, Who who, base::Timestamp now)
      : approvals_(approvals), who_(std::move(who)), now_(now) {}

  std::vector<Batches::Batch> writes(const Reconciliation& changes) {
    for (const auto& update : changes.updates) write_update(update);
    for (const auto& broken : changes.broken) write_broken(broken);
    for (const auto& id : changes.missing) {
      batches_.begin(id);
      batches_.add(forget_folder(id));
    }
    for (const auto& [agent, copy] : changes.unshadowed) {
      batches_.begin(agent);
      batches_.add(remove_shadowed(copy.manifest_path));
    }
    for (const auto& [agent, copy] : changes.shadowed) {
      batches_.begin(agent);
      batches_.add(add_shadowed(agent, copy, now_));
    }
    return batches_.take();
  }

 private:
  void write_update(const LocalUpdate& update) {
    const auto& found = *update.found;
    const auto& id = *found.reading.id;
    const LocalAgent agent{id, found.reading, found.path, provenance_of(found)};
    batches_.begin(id);
    batches_.add(update.change == LocalChange::moved ? replace_local(agent, now_)
                                                     : upsert_local(agent, now_));
    if (update.change == LocalChange::noted) return;
    const bool is_new = update.change == LocalChange::added;
    json::Object metadata{{"scan_root", found.root},
                          {"manifest_path", found.path},
                          {"manifest_hash", found.reading.hash}};
    record(is_new ? "agent.discovered" : "agent.updated", id, std::move(metadata));
    record_drift(id, found.reading.hash, found.reading.permissions_hash);
  }

  void write_broken(const BrokenManifest& broken) {
    batches_.begin(broken.agent);
    batches_.add(set_broken(broken.agent, broken.hash, broken.problem));
    record("agent.updated", broken.agent,
           {{"manifest_hash", broken.hash}, {"problem", broken.problem.code}});
    record_drift(broken.agent, broken.hash, "");
  }

  /// When something was approved that is no longer what is there.
  void record_drift(const AgentId& id, const std::string& hash,
                    const std::string& permissions_hash) {
    const auto approval = approvals_.kept(id);
    if (!approval || approval->pin.manifest_hash == hash) return;
    json::Object metadata{{"old_manifest_hash", approval->pin.manifest_hash},
                          {"new_manifest_hash", hash},
                          {"old_permissions_hash", approval->pin.permissions_hash},
                          {"new_permissions_hash", permissions_hash}};
    auto event = event_of("agent.manifest_drift_detected", id, who_, std::move(metadata));
    event.severity = Severity::warn;
    batches_.add(audit_row(std::move(event), now_));
  }

  void record(std::string_view type, const AgentId& id, json::Object metadata) {
    batches_.add(audit_row(event_of(type, id, who_, std::move(metadata)), now_));
  }

  const Approvals& approvals_;
  const Who who_;
  const base::Timestamp now_;
  Batches batches_;
};

ScanReport report_of(const Walk& walk, Reconciliation changes) {
  ScanReport report{.unchanged = changes.unchanged,
                    .missing = std::move(changes.missing),
                    .shadowed = changes.shadowed.size(),
                    .problems = walk.problems,
                    .is_partial = walk.is_partial};
  for (const auto& manifest : walk.manifests) report.found += manifest.reading.id ? 1 : 0;
  for (const auto& update : changes.updates) {
    if (update.change == LocalChange::noted) continue;
    auto& list = update.change == LocalChange::added ? report.added : report.changed;
    list.push_back(*update.found->reading.id);
  }
  for (const auto& broken : changes.broken) report.changed.push_back(broken.agent);
  std::ranges::move(changes.problems, std::back_inserter(report.problems));
  return report;
}

}  // namespace

struct Discovery::State : std::enable_shared_from_this<State> {
  State(DiscoveryParts given, WalkPlan where) : parts(given), plan(std::move(where)) {}

  Task<ScanReport> scan(Who who);
  Task<ScanReport> scan_once(Who who);
  Task<Walk> walk_folders();
  void wish();
  void start_scan();
  void end_scan();
  /// Of everything that lives on the loop, which may end before this does.
  void let_go() {
    watch.reset();
    rest.reset();
    idle.reset();
    executor.reset();
  }

  DiscoveryParts parts;
  const WalkPlan plan;
  std::atomic<bool> stopping = false;  ///< Read by the worker.
  bool is_scanning = false;
  bool is_wished = false;  ///< Something changed since the scan under way began.
  std::unique_ptr<FolderWatch> watch;
  std::optional<asio::any_io_executor> executor;  ///< Once started.
  std::unique_ptr<asio::steady_timer> rest;       ///< Until the next background scan.
  std::unique_ptr<asio::steady_timer> idle;       ///< Ends when no scan runs any more.
  std::chrono::milliseconds last_duration{0};
  std::function<void(const Error&)> on_failure;
};

Task<Walk> Discovery::State::walk_folders() {
  auto folders = watch ? watch->folders() : nullptr;
  auto job = [self = shared_from_this(), folders]() -> Result<Walk> {
    auto found = walk(self->plan, self->stopping);
    if (folders) watch_folders(*folders, found.folders);
    return found;
  };
  auto found = co_await async::run_blocking(parts.pool, std::move(job));
  co_return found;
}

Task<ScanReport> Discovery::State::scan_once(Who who) {
  const auto begin = parts.clock.steady_now();
  const auto found = co_await walk_folders();
  if (!found) co_return Failure(found.error());
  if (stopping) co_return base::fail(ErrorCode::unavailable, "The scan was stopped.");
  auto changes = reconcile(*found, parts.catalog.all());
  Writer writer(parts.approvals, std::move(who), parts.clock.now());
  auto batches = writer.writes(changes);
  for (auto& batch : batches) {
    const auto written =
        co_await parts.catalog.commit(std::move(batch.agents), std::move(batch.write));
    if (!written) co_return Failure(written.error());
  }
  auto report = report_of(*found, std::move(changes));
  report.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(parts.clock.steady_now() - begin);
  co_return report;
}

Task<ScanReport> Discovery::State::scan(Who who) {
  if (stopping) co_return base::fail(ErrorCode::unavailable, "The daemon is stopping.");
  if (is_scanning) co_return base::fail(ErrorCode::unavailable, "A scan is running already.");
  is_scanning = true;
  auto report = co_await scan_once(std::move(who));
  if (report) last_duration = report->duration;
  end_scan();
  co_return report;
}

void Discovery::State::end_scan() {
  is_scanning = false;
  if (idle) idle->cancel();
  if (std::exchange(is_wished, false) && !stopping) wish();
}

/// Scans in the background, after a rest that keeps scanning to a tenth of the time.
void Discovery::State::wish() {
  if (stopping || !executor) return;
  if (is_scanning) {
    is_wished = true;
    return;
  }
  rest->expires_after(last_duration * kRest);
  rest->async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->start_scan();
  });
}

void Discovery::State::start_scan() {
  if (stopping) return;
  if (is_scanning) {
    is_wished = true;
    return;
  }
  asio::co_spawn(*executor, scan({Actor{}, ""}),
                 [self = shared_from_this()](std::exception_ptr error, Result<ScanReport> report) {
                   if (error) std::rethrow_exception(error);
                   if (!report && !self->stopping) self->on_failure(report.error());
                 });
}

Discovery::Discovery(DiscoveryParts parts, WalkPlan plan)
    : state_(std::make_shared<State>(parts, std::move(plan))) {}

Discovery::~Discovery() { state_->stopping = true; }

Task<ScanReport> Discovery::scan(Actor actor, std::string correlation_id) {
  auto report = co_await state_->scan({std::move(actor), std::move(correlation_id)});
  co_return report;
}

void Discovery::start(asio::any_io_executor executor,
                      std::function<void(const Error&)> on_failure) {
  auto& state = *state_;
  state.on_failure = std::move(on_failure);
  state.rest = std::make_unique<asio::steady_timer>(executor);
  auto watch = FolderWatch::start(executor, [weak = std::weak_ptr(state_)] {
    if (const auto state = weak.lock()) state->wish();
  });
  if (watch) {
    state.watch = std::move(*watch);
  } else {
    state.on_failure(watch.error());
  }
  state.executor = std::move(executor);
  state.start_scan();
}

Task<void> Discovery::stop() {
  const auto state = state_;
  state->stopping = true;
  if (state->watch) state->watch->stop();
  if (state->rest) state->rest->cancel();
  if (state->is_scanning) {
    const auto executor = co_await asio::this_coro::executor;
    state->idle = std::make_unique<asio::steady_timer>(executor);
    state->idle->expires_at(asio::steady_timer::time_point::max());
    boost::system::error_code ended;
    auto token = asio::redirect_error(asio::use_awaitable, ended);
    co_await state->idle->async_wait(token);
  }
  state->let_go();
  co_return Result<void>();
}

}  // namespace sovereign::core
