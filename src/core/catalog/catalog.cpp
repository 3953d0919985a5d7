#include "core/catalog/catalog.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <unordered_set>
#include <utility>

#include "core/catalog/index_fields.hpp"
#include "core/catalog/store.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kReadAtOnce = 500;

}  // namespace

Catalog::Catalog(sql::Database& database, Approvals& approvals, Publish publish)
    : database_(database),
      approvals_(approvals),
      publish_(std::move(publish)),
      index_(index_fields::schema()) {
  approvals_.on_change([this](const AgentId& id, ApprovalChange) {
    revise(id, [this](AgentRecord& record) {
      record.enablement = approvals_.enablement(record.id, record.pin());
    });
  });
}

Result<void> Catalog::load() {
  std::vector<search::SegmentBuilder> builders;
  builders.emplace_back(index_.schema());
  auto scanned = scan_agents(database_, [&](AgentRecord record) {
    record.enablement = approvals_.enablement(record.id, record.pin());
    auto shared = std::make_shared<const AgentRecord>(std::move(record));
    builders.front().add(index_fields::document_of(shared));
    agents_.insert_or_assign(shared->id, std::move(shared));
  });
  if (!scanned) return scanned;
  index_.adopt(builders);
  return {};
}

std::shared_ptr<const AgentRecord> Catalog::find(const AgentId& id) const {
  const auto found = agents_.find(id);
  return found == agents_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const AgentRecord>> Catalog::all() const {
  std::vector<std::shared_ptr<const AgentRecord>> records;
  records.reserve(agents_.size());
  for (const auto& [id, record] : agents_) records.push_back(record);
  return records;
}

Task<sql::WriteResult> Catalog::commit(AgentId agent, sql::Write write) {
  std::vector<AgentId> agents{std::move(agent)};
  auto result = co_await commit(std::move(agents), std::move(write));
  co_return result;
}

Task<sql::WriteResult> Catalog::commit(std::vector<AgentId> agents, sql::Write write) {
  auto result = co_await database_.write(std::move(write));
  if (!result || !*result) co_return result;
  for (std::size_t first = 0; first < agents.size(); first += kReadAtOnce) {
    const auto last = std::min(first + kReadAtOnce, agents.size());
    std::vector<AgentId> part(agents.begin() + static_cast<std::ptrdiff_t>(first),
                              agents.begin() + static_cast<std::ptrdiff_t>(last));
    const auto ticket = ++last_ticket_;
    auto read = co_await read_agents(database_, part);
    if (!read) co_return Failure(std::move(read.error()));
    take(std::move(part), std::move(*read), ticket);
  }
  co_return result;
}

void Catalog::take(std::vector<AgentId> asked, std::vector<AgentRecord> read,
                   std::uint64_t ticket) {
  std::vector<search::Change> changes;
  std::vector<std::shared_ptr<const AgentRecord>> changed;
  std::unordered_set<AgentId> absent(asked.begin(), asked.end());
  for (auto& record : read) {
    absent.erase(record.id);
    auto& newest = tickets_[record.id];
    if (ticket < newest) continue;
    newest = ticket;
    const auto kept = find(record.id);
    record.enablement = approvals_.enablement(record.id, record.pin());
    if (kept) record.live = kept->live;
    if (kept && *kept == record) continue;
    auto shared = std::make_shared<const AgentRecord>(std::move(record));
    agents_.insert_or_assign(shared->id, shared);
    changes.emplace_back(index_fields::document_of(shared));
    changed.push_back(std::move(shared));
  }
  std::erase_if(absent,
                [&](const AgentId& id) { return ticket < tickets_[id] || agents_.erase(id) == 0; });
  for (const auto& id : absent) changes.emplace_back(search::Erase{index_fields::key_of(id)});
  if (!changes.empty()) index_.apply(changes);
  for (const auto& record : changed) announce(*record);
  for (const auto& id : absent) publish_("agent.removed", id.text(), {});
}

void Catalog::set_live(const AgentId& id, LiveState live) {
  revise(id, [live](AgentRecord& record) { record.live = live; });
}

void Catalog::revise(const AgentId& id, const std::function<void(AgentRecord&)>& change) {
  const auto kept = find(id);
  if (!kept) return;
  AgentRecord revised = *kept;
  change(revised);
  if (revised == *kept) return;
  auto shared = std::make_shared<const AgentRecord>(std::move(revised));
  agents_.insert_or_assign(id, shared);
  const search::Change changes[] = {index_fields::document_of(shared)};
  index_.apply(changes);
  announce(*shared);
}

void Catalog::announce(const AgentRecord& record) const {
  publish_("agent.changed", record.id.text(),
           {{"agent_id", record.id.text()},
            {"status", record.status()},
            {"origin", to_string(record.origin)},
            {"install", to_string(record.install)},
            {"build", to_string(record.build)},
            {"enablement", to_string(record.enablement)},
            {"run", to_string(record.live.run)},
            {"health", to_string(record.live.health)},
            {"connection", to_string(record.live.connection)}});
}

}  // namespace sovereign::core
