// A registry's agents on a database of their own: SQLite in a temporary folder, or a new schema of
// the shared PostgreSQL server. Time stands still and ids are drawn from a fixed seed.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "registry/agents/service.hpp"
#include "registry/discovery/catalog.hpp"
#include "sql/database.hpp"
#include "support/await.hpp"
#include "support/registry_database.hpp"

namespace sovereign::support {

class SeededRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_{42};
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
