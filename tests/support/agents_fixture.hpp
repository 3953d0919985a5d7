// A registry's agents on a database of their own: SQLite in a temporary folder, or a new schema of
// the shared PostgreSQL server. Time stands still and ids are drawn from a fixed seed.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "registry/agents/service.hpp"
#include "registry/discovery/catalog.hpp"
#include "registry/migrations.hpp"
#include "sql/database.hpp"
#include "support/await.hpp"
#include "support/private_postgres.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::support {

class SeededRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_{42};
};

enum class Engine { sqlite, postgresql };

inline std::string name_of(Engine engine) {
  return engine == Engine::sqlite ? "sqlite" : "postgresql";
}

/// An empty, migrated database.
class RegistryDatabase {
 public:
  explicit RegistryDatabase(Engine engine = Engine::sqlite) {
    const auto url = engine == Engine::sqlite ? "sqlite:" + folder_.file("registry.db")
                                              : PrivatePostgres::shared().url_of_new_schema();
    auto opened = sql::open_database({.url = url});
    if (!opened) throw std::runtime_error(opened.error().detail + opened.error().context);
    database_ = std::move(*opened);
    const auto migrated = database_->migrate(registry::migrations());
    if (!migrated) throw std::runtime_error(migrated.error().detail + migrated.error().context);
  }

  sql::Database& operator*() const { return *database_; }
  sql::Database* operator->() const { return database_.get(); }

  registry::UserId add_user(std::string_view name, base::Random& random) const {
    static constexpr sql::Statement kInsert{
        "test.add_user",
        "INSERT INTO users (id, email, email_key, username, username_key, password_hash, role, "
        "is_active, is_verified, created_at, updated_at) VALUES ($1, $2, $2, $3, $3, 'x', "
        "'developer', 1, 1, 0, 0)"};
    const auto id = registry::UserId::generate(random);
    const std::string text(name);
    sql::Write write;
    write.calls.push_back({kInsert, {id.to_string(), text + "@example.com", text}});
    const auto written = await(database_->write(std::move(write)));
    if (!written || !*written) throw std::runtime_error("user not added");
    return id;
  }

  std::int64_t count(const sql::Statement& statement,
                     std::vector<sql::Value> parameters = {}) const {
    sql::Call call{statement, std::move(parameters)};
    return sql::integer(await(database_->read(std::move(call))).value().rows.at(0).at(0));
  }

 private:
  TemporaryFolder folder_{"registry"};
  std::unique_ptr<sql::Database> database_;
};

/// A catalog and the agents' service on such a database, with two publishers.
class AgentsFixture {
 public:
  explicit AgentsFixture(Engine engine = Engine::sqlite) : database(engine) {}

  registry::Caller caller(registry::UserId user) const {
    return {.user = user, .actor = {.id = "user:" + user.to_string(), .request_id = "r-1"}};
  }
  registry::Caller admin() const {
    auto caller = this->caller(ben);
    caller.is_admin = true;
    return caller;
  }

  Result<registry::SharedRecord> create(std::string_view body, registry::UserId owner) {
    auto registration = registry::read_registration(body);
    if (!registration) return Failure(std::move(registration.error()));
    return await(service.create(std::move(*registration), caller(owner)));
  }
  Result<registry::SharedRecord> create(std::string_view body) { return create(body, ada); }

  RegistryDatabase database;
  base::ManualClock clock;
  SeededRandom random;
  async::WorkerPool pool{{.name = "test", .threads = 1}};
  registry::UserId ada = database.add_user("ada", random);
  registry::UserId ben = database.add_user("ben", random);
  registry::Catalog catalog{{.registry_url = "https://registry.example"}, pool};
  registry::AgentService service{*database, catalog, clock, random};
};

}  // namespace sovereign::support
