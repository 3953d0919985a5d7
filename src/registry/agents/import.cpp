#include "registry/agents/import.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "json/read.hpp"
#include "json/write.hpp"
#include "registry/accounts/names.hpp"
#include "registry/agents/service.hpp"
#include "registry/agents/store.hpp"

namespace sovereign::registry {
namespace {

/// What a line may hold beside the registration.
struct Provenance {
  std::optional<std::string> developer;
  std::optional<std::string> developer_email;
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> updated_at;
};

constexpr sql::Statement kAccounts{"import.accounts", "SELECT id, username_key FROM users"};

/// "!" is no hash of any password.
constexpr sql::Statement kAddAccount{
    "import.add_account",
    "INSERT INTO users (id, email, email_key, username, username_key, password_hash, role, "
    "is_active, is_verified, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, '!', 'developer', 1, 0, $6, $6)"};

std::size_t digest_of(const Agent& agent) {
  return std::hash<std::string>{}(registration_line(agent));
}

sql::Call audit_of(const Actor& actor, const Agent& agent, Timestamp at) {
  return audit_row(actor, {.action = "agent.import", .subject = "agent:" + agent.id.to_string()},
                   at);
}

}  // namespace
}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::Provenance> {
  using T = sovereign::registry::Provenance;
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("developer", &T::developer,
                       {.min_length = 3, .max_length = 100, .rule = &registry::kUsernameRule}),
                 field("developer_email", &T::developer_email,
                       {.max_length = 255, .rule = &registry::kEmailRule}),
                 field("created_at", &T::created_at), field("updated_at", &T::updated_at)};
};

namespace sovereign::registry {

Result<ImportLine> read_import_line(std::string_view line) {
  auto document = json::parse(line);
  if (!document) return Failure(std::move(document.error()));
  auto provenance = json::read<Provenance>(*document);
  if (!provenance) return Failure(std::move(provenance.error()));
  auto registration = read_registration(std::move(*document), line);
  if (!registration) return Failure(std::move(registration.error()));
  if (!registration->human_readable_id) {
    return base::fail_field("/humanReadableId", "required", "This member is required.");
  }
  return ImportLine{.registration = std::move(*registration),
                    .developer = std::move(provenance->developer),
                    .developer_email = std::move(provenance->developer_email),
                    .created_at = provenance->created_at,
                    .updated_at = provenance->updated_at};
}

ImportSession::ImportSession(sql::Database& database, const Clock& clock, base::Random& random,
                             ImportOptions options)
    : database_(database), clock_(clock), random_(random), options_(std::move(options)) {}

Result<ImportSession> ImportSession::open(sql::Database& database, const Clock& clock,
                                          base::Random& random, ImportOptions options) {
  ImportSession session(database, clock, random, std::move(options));
  auto accounts = database.scan({kAccounts, {}}, [&](std::span<const sql::Value> row) {
    session.accounts_[sql::text(row[1])] = UserId::parse(sql::text(row[0])).value();
    return true;
  });
  if (!accounts) return Failure(std::move(accounts.error()));
  auto agents = database.scan(scan_agents(ScanOrder::any), [&](std::span<const sql::Value> row) {
    const auto agent = agent_of_row(row).agent;
    session.known_[base::to_lower_ascii(agent.human_readable_id)] = {agent.id, digest_of(agent)};
    return true;
  });
  if (!agents) return Failure(std::move(agents.error()));
  return session;
}

void ImportSession::refuse(std::size_t line, Error error) {
  ++report_.refused;
  options_.on_problem({line, std::move(error)});
}

UserId ImportSession::publisher_of(const ImportLine& line, std::vector<sql::Call>& calls) {
  if (!line.developer) return options_.owner;
  const auto key = fold_username(*line.developer);
  if (const auto known = accounts_.find(key); known != accounts_.end()) return known->second;
  if (!options_.creates_publishers) return options_.owner;
  const auto id = UserId::generate(random_);
  const auto email = line.developer_email.value_or(id.to_string() + "@import.invalid");
  calls.push_back({kAddAccount,
                   {id.to_string(), email, fold_email(email), *line.developer, key,
                    clock_.now().time_since_epoch().count()}});
  accounts_[key] = id;
  return id;
}

ImportSession::Entry ImportSession::plan_new(ImportLine line, std::string key) {
  Entry entry{.line = line_, .key = std::move(key), .known = {}, .is_new = true, .calls = {}};
  Agent agent;
  agent.id = AgentId::generate(random_);
  agent.developer_id = publisher_of(line, entry.calls);
  const auto now = clock_.now();
  agent.created_at = std::min(line.created_at.value_or(now), now);
  agent.updated_at = std::clamp(line.updated_at.value_or(agent.created_at), agent.created_at, now);
  assign(agent, std::move(line.registration));
  entry.known = {agent.id, digest_of(agent)};
  for (auto& call : insert_calls(agent)) entry.calls.push_back(std::move(call));
  entry.calls.push_back(audit_of(options_.actor, agent, now));
  return entry;
}

Task<std::optional<ImportSession::Entry>> ImportSession::plan_update(ImportLine line,
                                                                     std::string key, Known known) {
  // Most lines of a repeated import change nothing; seen without asking the database.
  Agent wanted;
  wanted.id = known.id;
  wanted.status = AgentStatus::active;
  const auto status = line.registration.status;
  assign(wanted, line.registration);
  const auto digest = digest_of(wanted);
  if (status && digest == known.digest) co_return std::nullopt;
  AgentStore store(database_);
  auto find = store.find(known.id);
  auto found = co_await std::move(find);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) co_return base::fail(ErrorCode::conflict, "The agent went away meanwhile.");
  Agent agent = std::move((*found)->agent);
  if (options_.only_own && agent.developer_id != options_.owner) {
    co_return base::fail_field("/humanReadableId", "taken", "This belongs to another account.");
  }
  const auto before = digest_of(agent);
  assign(agent, std::move(line.registration));
  const auto after = digest_of(agent);
  if (after == before) co_return std::nullopt;
  ++agent.version;
  const auto now = clock_.now();
  agent.updated_at = std::clamp(line.updated_at.value_or(now), agent.created_at, now);
  Entry entry{.line = line_,
              .key = std::move(key),
              .known = {agent.id, after},
              .is_new = false,
              .calls = update_calls(agent, AgentChange::updated)};
  entry.calls.push_back(audit_of(options_.actor, agent, now));
  co_return entry;
}

Task<void> ImportSession::add(std::string line) {
  ++line_;
  if (base::trim_ascii(line).empty()) co_return Result<void>{};
  auto read = read_import_line(line);
  if (!read) {
    refuse(line_, std::move(read.error()));
    co_return Result<void>{};
  }
  auto task = take(std::move(*read));
  co_return co_await std::move(task);
}

Task<void> ImportSession::take(ImportLine line) {
  auto key = base::to_lower_ascii(*line.registration.human_readable_id);
  if (std::ranges::find(waiting_, key, &Entry::key) != waiting_.end()) {
    auto flushing = flush();  // The same agent twice in a batch: one after the other.
    if (auto flushed = co_await std::move(flushing); !flushed) co_return flushed;
  }
  if (const auto known = known_.find(key); known != known_.end()) {
    const Known entry = known->second;
    auto planning = plan_update(std::move(line), std::move(key), entry);
    auto planned = co_await std::move(planning);
    if (!planned && planned.error().code == ErrorCode::unavailable) {
      co_return Failure(std::move(planned.error()));
    }
    if (!planned) {
      refuse(line_, std::move(planned.error()));
      co_return Result<void>{};
    }
    if (!*planned) {
      ++report_.unchanged;
      co_return Result<void>{};
    }
    waiting_.push_back(std::move(**planned));
  } else {
    waiting_.push_back(plan_new(std::move(line), std::move(key)));
  }
  if (waiting_.size() < options_.batch) co_return Result<void>{};
  auto flushing = flush();
  co_return co_await std::move(flushing);
}

void ImportSession::count(const Entry& entry) {
  known_[entry.key] = entry.known;
  ++(entry.is_new ? report_.created : report_.updated);
}

Task<void> ImportSession::flush() {
  auto entries = std::exchange(waiting_, {});
  if (entries.empty()) co_return Result<void>{};
  sql::Write write;
  for (const auto& entry : entries) {
    for (const auto& call : entry.calls) write.calls.push_back(call);
  }
  auto writing = database_.write(std::move(write));
  auto written = co_await std::move(writing);
  if (!written) co_return Failure(std::move(written.error()));
  if (*written) {
    for (const auto& entry : entries) count(entry);
    co_return Result<void>{};
  }
  // One of them breaks a rule of the database: find out which, alone.
  for (auto& entry : entries) {
    auto task = write_one(std::move(entry));
    if (auto done = co_await std::move(task); !done) co_return done;
  }
  co_return Result<void>{};
}

Task<void> ImportSession::write_one(Entry entry) {
  sql::Write write{entry.calls};
  auto writing = database_.write(std::move(write));
  auto written = co_await std::move(writing);
  if (!written) co_return Failure(std::move(written.error()));
  if (*written) {
    count(entry);
  } else {
    refuse(entry.line, AgentService::rejected(written->error()).error());
  }
  co_return Result<void>{};
}

Task<ImportReport> ImportSession::finish() {
  auto flushing = flush();
  auto flushed = co_await std::move(flushing);
  if (!flushed) co_return Failure(std::move(flushed.error()));
  co_return report_;
}

Result<void> export_agents(sql::Database& database,
                           const std::function<void(std::string_view line)>& write) {
  return database.scan(scan_agents(ScanOrder::human_readable_id),
                       [&](std::span<const sql::Value> row) {
                         const auto [agent, developer] = agent_of_row(row);
                         auto line = registration_line(agent);
                         line.pop_back();
                         line += R"(,"developer":)";
                         json::write_string(line, developer.username);
                         line += R"(,"developer_email":)";
                         json::write_string(line, developer.email);
                         line += R"(,"created_at":)";
                         json::write(line, agent.created_at);
                         line += R"(,"updated_at":)";
                         json::write(line, agent.updated_at);
                         line += '}';
                         write(line);
                         return true;
                       });
}

}  // namespace sovereign::registry
